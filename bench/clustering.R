# The same points by R's dbscan: Rscript bench/clustering.R FILE, which bench/clustering has written.
library(dbscan)
given <- as.matrix(read.table(commandArgs(TRUE)[1]))
points <- given[, 1:2]
seconds <- min(sapply(1:5, function(i) system.time(found <<- dbscan(points, eps = 0.6, minPts = 10))[["elapsed"]]))
core <- is.corepoint(points, eps = 0.6, minPts = 10)
pairs <- unique(cbind(given[core, 3], found$cluster[core]))
same <- nrow(pairs) == length(unique(given[core, 3])) && nrow(pairs) == length(unique(found$cluster[core]))
cat(sprintf("R dbscan: %.4f s; cores the same: %s; noise the same: %s; clusters of cores the same: %s\n", seconds,
            all(core == (given[, 4] == 1)), all((found$cluster == 0) == (given[, 3] == -1)), same))
