"""An nbgrader course as it lies on disk and in its gradebook."""
