"""Cameras as calvin_env's wrappers use them."""

import numpy as np


class Camera:
    """One camera of an environment."""

    def __init__(self, simulator, number, description):
        self._simulator = simulator
        self._number = number
        self.name = description["name"]
        self.width, self.height = description["width"], description["height"]
        self.fov, self.aspect = description["fov"], description["aspect"]
        self.nearval, self.farval = description["nearval"], description["farval"]

    def render(self):
        """Colour (height, width, 3) uint8 and depth (height, width) float32 in metres."""
        rgb, depth = self._simulator().pictures([self._number], True)
        return rgb[0], depth[0]

    @property
    def viewMatrix(self):
        """16 numbers, column by column, as PyBullet's computeViewMatrix returns them."""
        return tuple(self._simulator().camera(self._number)[0].tolist())

    @property
    def projectionMatrix(self):
        """16 numbers, column by column, as PyBullet's computeProjectionMatrixFOV returns them."""
        return tuple(self._simulator().camera(self._number)[1].tolist())

    view_matrix, projection_matrix = viewMatrix, projectionMatrix

    def project(self, point):
        """The pixel (column, row) in which a homogeneous world point (4) appears."""
        view, projection = (matrix.reshape(4, 4).T.astype(float) for matrix in self._matrices())
        clip = projection @ view @ np.asarray(point, float)
        x, y = (clip[:2] / clip[3] + 1) / 2
        return int(np.floor(x * self.width)), int(np.floor((1 - y) * self.height))

    def deproject(self, point, depth_img, homogeneous=False):
        """The world point seen at a pixel (column, row) of a depth image."""
        column, row = point
        depth = depth_img[row, column]
        focal_length = self.height / (2 * np.tan(np.deg2rad(self.fov) / 2))
        seen = [
            (column - self.width // 2) * depth / focal_length,
            -(row - self.height // 2) * depth / focal_length,
            -depth,
            1,
        ]
        view = self._matrices()[0].reshape(4, 4).T.astype(float)
        world = np.linalg.inv(view) @ np.array(seen)
        return world if homogeneous else world[:3]

    def _matrices(self):
        return self._simulator().camera(self._number)
