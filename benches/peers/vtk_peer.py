"""The peer: a server of the same protocol that draws with VTK.

It is what one gets by following Drake's documentation of the protocol with VTK's own parts: the
scene goes to a file, vtkGLTFImporter reads it, one image is drawn off screen and sent.

    python -m gunicorn --workers 2 --bind 127.0.0.1:8001 vtk_peer:in_process
    python -m gunicorn --workers 2 --bind 127.0.0.1:8001 vtk_peer:process_per_request

The second form starts a Python for each image, as the server of Drake's example does, so that
nothing of one image can reach the next.
"""

import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import flask


def projection(camera):
    """The matrix of OpenGL for the pinhole camera of a form, row by row."""
    width, height, near, far = (camera[name] for name in ("width", "height", "near", "far"))
    x_shift = 1 - 2 * camera["center_x"] / width
    y_shift = 2 * camera["center_y"] / height - 1
    depth = near - far
    return [2 * camera["focal_x"] / width, 0, x_shift, 0,
            0, 2 * camera["focal_y"] / height, y_shift, 0,
            0, 0, (near + far) / depth, 2 * near * far / depth,
            0, 0, -1, 0]


def metres(window, form):
    """The depth buffer of a window as the client wants it: rows from the top, float32."""
    import numpy as np
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkCommonCore import vtkFloatArray

    buffer = vtkFloatArray()
    width, height = window.GetSize()
    window.GetZbufferData(0, 0, width - 1, height - 1, buffer)
    z = vtk_to_numpy(buffer).astype(np.float64).reshape(height, width)
    near, far = form["near"], form["far"]
    depth = near * far / (far - z * (far - near))
    depth[depth <= form["min_depth"]] = 0
    depth[(depth >= form["max_depth"]) | (z >= 1)] = np.inf
    return depth[::-1].astype(np.float32)


def draw(scene, form):
    """(MIME type, file) of the image that the form asks for; `scene` is the path of a glTF file."""
    from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkCommonMath import vtkMatrix4x4
    from vtkmodules.vtkIOImage import vtkPNGWriter, vtkTIFFWriter
    from vtkmodules.vtkIOImport import vtkGLTFImporter
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkWindowToImageFilter
    from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow

    image_type = form["image_type"]
    window, renderer = vtkEGLRenderWindow(), vtkRenderer()
    window.SetSize(int(form["width"]), int(form["height"]))
    window.SetMultiSamples(0)
    window.AddRenderer(renderer)
    importer = vtkGLTFImporter()
    importer.SetFileName(scene)
    importer.SetRenderWindow(window)
    importer.SetCamera(0)
    importer.Update()

    camera = renderer.GetActiveCamera()
    matrix = vtkMatrix4x4()
    matrix.DeepCopy(projection(form))
    camera.SetExplicitProjectionTransformMatrix(matrix)
    camera.UseExplicitProjectionTransformMatrixOn()
    camera.SetClippingRange(form["near"], form["far"])
    actors = renderer.GetActors()
    actors.InitTraversal()
    surfaces = [actor.GetProperty() for actor in iter(actors.GetNextActor, None)]
    if image_type == "color":
        renderer.SetBackground(0.8, 0.898, 1.0)
        renderer.UseFXAAOn()
        renderer.UseDepthPeelingOn()
        for surface in surfaces:
            # Drake draws its shapes so; the importer would have all of them physically based.
            if not surface.GetNumberOfTextures():
                surface.SetInterpolationToGouraud()
    else:
        renderer.SetBackground(1, 1, 1)
        for surface in surfaces:
            surface.LightingOff()
    window.Render()

    if image_type == "depth":
        rows = metres(window, form)
        image = vtkImageData()
        image.SetDimensions(rows.shape[1], rows.shape[0], 1)
        # VTK's images begin with the last row.
        image.GetPointData().SetScalars(numpy_to_vtk(rows[::-1].ravel(), deep=True))
        writer, mime = vtkTIFFWriter(), "image/tiff"
        writer.SetInputData(image)
        with tempfile.NamedTemporaryFile(suffix=".tiff") as file:
            writer.SetFileName(file.name)
            writer.Write()
            data = pathlib.Path(file.name).read_bytes()
    else:
        picture = vtkWindowToImageFilter()
        picture.SetInput(window)
        picture.ShouldRerenderOff()
        picture.ReadFrontBufferOff()
        writer, mime = vtkPNGWriter(), "image/png"
        writer.SetInputConnection(picture.GetOutputPort())
        writer.WriteToMemoryOn()
        writer.Write()
        data = vtk_to_numpy(writer.GetResult()).tobytes()
    window.Finalize()
    return mime, data


def draw_in_new_process(scene, form):
    """The same, by a Python that is started for it."""
    command = [sys.executable, __file__, scene, json.dumps(form)]
    done = subprocess.run(command, capture_output=True, check=True)
    return "image/tiff" if form["image_type"] == "depth" else "image/png", done.stdout


def application(drawing):
    """The server, with one of the two ways of drawing."""
    app = flask.Flask(__name__)

    @app.post("/render")
    def render():
        form = {name: value if name in ("image_type", "scene_sha256", "submit") else float(value)
                for name, value in flask.request.form.items()}
        scene = flask.request.files["scene"].read()
        if hashlib.sha256(scene).hexdigest() != form["scene_sha256"]:
            return "The scene has another hash.", 400
        with tempfile.NamedTemporaryFile(suffix=".gltf") as file:
            file.write(scene)
            file.flush()
            mime, data = drawing(file.name, form)
        return flask.Response(data, mimetype=mime)

    return app


in_process = application(draw)
process_per_request = application(draw_in_new_process)

if __name__ == "__main__":
    sys.stdout.buffer.write(draw(sys.argv[1], json.loads(sys.argv[2]))[1])
