// What panning and zooming the drawing takes of d3, as one module. Holds no settings of ours.
export { pointer, select } from "d3-selection";
export { zoom, zoomIdentity, zoomTransform } from "d3-zoom";
