"""Where boxes, edges and labels of a drawing lie: by Graphviz, or by our own layered layout."""
