// Analysis: ways to look at a representation that need no training: principal components, t-SNE maps,
// nearest neighbours and the measures of how good they are.
//
// Analysis takes matrices and gives matrices. It does not draw, and it does not know where its rows come from.
//
// Start reading at `PCA.swift`.
