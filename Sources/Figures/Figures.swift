// Figures: marks (line, scatter, bars, picture grids), scales, layout, and one `Canvas` that draws to PNG, SVG
// and PDF through Cairo and Pango.
//
// A figure is a value: plain numbers, strings and bitmaps in, bytes out. Figures knows nothing of tensors,
// image sets or models.
//
// Start reading at `Figure.swift`, then `Canvas.swift`, then any mark.
