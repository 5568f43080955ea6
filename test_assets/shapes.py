"""Triangle meshes: lists of positions, normals, texture coordinates and indices.

Z is up; triangles are counter-clockwise seen from outside.
"""
from math import cos, hypot, pi, sin


class Mesh:
    def __init__(self):
        self.positions, self.normals, self.tex_coords, self.indices = [], [], [], []

    def vertex(self, position, normal, tex_coord):
        self.positions.append(position)
        self.normals.append(normal)
        self.tex_coords.append(tex_coord)

    def grid(self, rows, columns):
        """Joins the last (rows + 1) * (columns + 1) vertices to quads."""
        width = columns + 1
        first = len(self.positions) - (rows + 1) * width
        for i in range(rows):
            for j in range(columns):
                a = first + i * width + j
                self.indices += [a, a + 1, a + width + 1, a, a + width + 1, a + width]


def revolve(profile, sides):
    """Turns (radius, z, normal_r, normal_z, v) points, from bottom to top, about the z axis."""
    mesh = Mesh()
    for radius, z, nr, nz, v in profile:
        for j in range(sides + 1):
            t = 2 * pi * j / sides
            mesh.vertex((radius * cos(t), radius * sin(t), z),
                        (nr * cos(t), nr * sin(t), nz), (j / sides, v))
    mesh.grid(len(profile) - 1, sides)
    return mesh


def sphere(radius, sides=32, rings=16):
    points = []
    for i in range(rings + 1):
        t = pi * (i / rings - 0.5)
        points.append((radius * cos(t), radius * sin(t), cos(t), sin(t), 1 - i / rings))
    return revolve(points, sides)


def torus(radius, thickness, sides=40, rings=20):
    points = []
    for i in range(rings + 1):
        t = 2 * pi * i / rings
        points.append((radius + thickness * cos(t), thickness * sin(t), cos(t), sin(t), i / rings))
    return revolve(points, sides)


def cylinder(radius, height, sides=32):
    low, high = -height / 2, height / 2
    return revolve([(0, low, 0, -1, 1), (radius, low, 0, -1, 1),
                    (radius, low, 1, 0, 1), (radius, high, 1, 0, 0),
                    (radius, high, 0, 1, 0), (0, high, 0, 1, 0)], sides)


def cone(radius, height, sides=32):
    low, high = -height / 2, height / 2
    length = hypot(radius, height)
    nr, nz = height / length, radius / length
    return revolve([(0, low, 0, -1, 1), (radius, low, 0, -1, 1),
                    (radius, low, nr, nz, 1), (0, high, nr, nz, 0)], sides)


def face(mesh, center, right, up, repeat=1.0):
    """A rectangle around `center` that spans `right` and `up` both ways."""
    normal = (right[1] * up[2] - right[2] * up[1], right[2] * up[0] - right[0] * up[2],
              right[0] * up[1] - right[1] * up[0])
    length = hypot(*normal)
    normal = tuple(n / length for n in normal)
    for v, y in ((1, -1), (0, 1)):
        for u, x in ((0, -1), (1, 1)):
            position = tuple(c + x * r + y * p for c, r, p in zip(center, right, up))
            mesh.vertex(position, normal, (u * repeat, v * repeat))
    mesh.grid(1, 1)


def box(x, y, z):
    """By half its sides."""
    mesh = Mesh()
    face(mesh, (x, 0, 0), (0, y, 0), (0, 0, z))
    face(mesh, (-x, 0, 0), (0, -y, 0), (0, 0, z))
    face(mesh, (0, y, 0), (-x, 0, 0), (0, 0, z))
    face(mesh, (0, -y, 0), (x, 0, 0), (0, 0, z))
    face(mesh, (0, 0, z), (x, 0, 0), (0, y, 0))
    face(mesh, (0, 0, -z), (x, 0, 0), (0, -y, 0))
    return mesh


def rectangle(x, y, repeat=1.0):
    """In the plane z = 0, by half its sides."""
    mesh = Mesh()
    face(mesh, (0, 0, 0), (x, 0, 0), (0, y, 0), repeat)
    return mesh
