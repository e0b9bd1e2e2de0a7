"""The positions of a drawing's boxes, edges and labels: by Graphviz, or by our layered layout."""
