// Figures: marks, scales, layout, and one `Canvas` that draws to PNG, SVG and PDF through Cairo and Pango.
//
// A figure is a value: plain numbers, strings and bitmaps in, bytes out. Figures knows nothing of tensors,
// image sets or models.
//
// The way from one to the other: `Figure` holds marks, scales and words. `FigureLayout` stacks title, body
// and caption; `AxesLayout` asks each mark for its `Claims`, fits the axes (`Scales`) and their labels around
// them, and
// `AxesDrawing` draws the result. Grids of pictures, panels and diagrams lay themselves out as a `Block`.
//
// A new mark is a new file in `Marks`: values, `check`, `claims`, `draw`, and its words. Nothing else
// changes.
//
// Start reading at `Figure.swift`, then `Marks/Mark.swift`, then `Marks/Line.swift`.
