//! How Drake's `RenderEngineVtk` lights a surface, in double precision.
//!
//! One white directional light shines along the optical axis; `shaders/common/vtk_pbr.wgsl` says what
//! the formulas are. What they give is held to measured pixels in `self_check`.

use std::f64::consts::PI;

use glam::DVec3;

use super::decode::Rgb;

/// The background of a color image.
pub const BACKGROUND: Rgb = [204, 229, 255];

/// A metallic-roughness surface at one point; colours are linear.
#[derive(Clone, Copy)]
pub struct Surface {
    /// Base colour.
    pub albedo: DVec3,
    /// 0 to 1.
    pub metallic: f64,
    /// 0 to 1.
    pub roughness: f64,
    /// Ambient occlusion, 1 for none.
    pub occlusion: f64,
    /// Added after light.
    pub emissive: DVec3,
}

impl Surface {
    /// What VTK makes of a shape of one colour in a scene that has glTF meshes.
    pub fn vtk_shape(r: f64, g: f64, b: f64) -> Self {
        Self {
            albedo: DVec3::new(r, g, b),
            metallic: 0.0,
            roughness: 0.5,
            occlusion: 1.0,
            emissive: DVec3::ZERO,
        }
    }
}

/// What a byte of sRGB stands for in linear light.
pub fn linear(byte: u8) -> f64 {
    let value = f64::from(byte) / 255.0;
    if value <= 0.04045 {
        value / 12.92
    } else {
        ((value + 0.055) / 1.055).powf(2.4)
    }
}

/// The bytes of sRGB for linear light.
pub fn srgb(color: DVec3) -> Rgb {
    bytes(color.map(|value| {
        if value <= 0.003_130_8 {
            value * 12.92
        } else {
            1.055 * value.powf(1.0 / 2.4) - 0.055
        }
    }))
}

/// Bytes, rounded and clamped.
pub fn bytes(color: DVec3) -> Rgb {
    let color = (color * 255.0)
        .round()
        .clamp(DVec3::ZERO, DVec3::splat(255.0));
    color.to_array().map(|value| value as u8)
}

/// The Phong look: a scene of VTK's shapes alone. `normal` is in the camera's frame, either side.
pub fn phong(diffuse: DVec3, normal: DVec3) -> Rgb {
    bytes(diffuse * normal.normalize().z.abs())
}

/// The PBR look. `normal` and `to_eye` are in the camera's frame (+Z toward the viewer).
pub fn pbr(surface: &Surface, normal: DVec3, to_eye: DVec3) -> Rgb {
    let (light, normal, to_eye) = (DVec3::Z, normal.normalize(), to_eye.normalize());
    let half = (light + to_eye).normalize();
    let dot = |a: DVec3, b: DVec3| a.dot(b).clamp(1e-5, 1.0);
    let (nl, nv, nh, hl) = (
        dot(normal, light),
        dot(normal, to_eye),
        dot(normal, half),
        dot(half, light),
    );
    let f0 = DVec3::splat(0.04).lerp(surface.albedo, surface.metallic);
    let f90 = f0.dot(DVec3::splat(16.5)).clamp(0.0, 1.0);
    let f90 = DVec3::splat(f90).lerp(DVec3::ONE, surface.metallic);
    let fresnel = f0 + (f90 - f0) * (1.0 - hl).powi(5);
    let r = 0.95 * surface.roughness + 0.05;
    let a2 = r.powi(4);
    let d = (nh * a2 - nh) * nh + 1.0;
    let distribution = a2 / (PI * d * d);
    let r2 = r * r;
    let visibility =
        0.5 / (nl * (r2 + nv * (nv - r2 * nv)).sqrt() + nv * (r2 + nl * (nl - r2 * nl)).sqrt());
    let diffuse = (DVec3::ONE - fresnel) * (1.0 - surface.metallic) * surface.albedo / PI;
    let lit = (diffuse + fresnel * distribution * visibility) * nl;
    let out = lit * surface.occlusion + surface.emissive;
    bytes(out.powf(1.0 / 2.2))
}
