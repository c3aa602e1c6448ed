//! Triangles on a canvas: what a graphics card does with what egui hands out.

use std::{collections::HashMap, sync::Arc};

use eframe::egui::{
    ClippedPrimitive, Color32, ColorImage, Pos2, Rect, TextureId,
    epaint::{ImageData, Primitive, Vertex, textures::TexturesDelta},
};
use image::RgbaImage;

/// The textures so far.
#[derive(Default)]
pub struct Painter {
    textures: HashMap<TextureId, ColorImage>,
}

impl Painter {
    /// Takes over what has changed.
    pub fn update(&mut self, mut delta: TexturesDelta) {
        let changes = delta.set.drain();
        for (id, change) in changes.flat_map(|(id, all)| all.into_iter().map(move |one| (id, one)))
        {
            let ImageData::Color(image) = change.image;
            let Some([left, top]) = change.pos else {
                self.textures.insert(id, Arc::unwrap_or_clone(image));
                continue;
            };
            let whole = self.textures.get_mut(&id).unwrap();
            for y in 0..image.size[1] {
                for x in 0..image.size[0] {
                    whole[(left + x, top + y)] = image[(x, y)];
                }
            }
        }
        for id in delta.free.drain() {
            self.textures.remove(&id);
        }
    }

    /// Paints on a canvas of so many pixels.
    pub fn paint(&self, primitives: &[ClippedPrimitive], scale: f32, size: [u32; 2]) -> RgbaImage {
        let mut canvas = RgbaImage::from_pixel(size[0], size[1], image::Rgba([0, 0, 0, 255]));
        for ClippedPrimitive { clip_rect, primitive } in primitives {
            let Primitive::Mesh(mesh) = primitive else { panic!("a callback") };
            let texture = &self.textures[&mesh.texture_id];
            let clip = Rect::from_min_max(
                (clip_rect.min.to_vec2() * scale).round().to_pos2(),
                (clip_rect.max.to_vec2() * scale).round().to_pos2(),
            );
            for corners in mesh.indices.chunks_exact(3) {
                let corners = [0, 1, 2].map(|at| mesh.vertices[corners[at] as usize]);
                triangle(&mut canvas, corners, texture, scale, clip);
            }
        }
        canvas
    }
}

fn triangle(
    canvas: &mut RgbaImage,
    corners: [Vertex; 3],
    texture: &ColorImage,
    scale: f32,
    clip: Rect,
) {
    let places = corners.map(|corner| (corner.pos.to_vec2() * scale).to_pos2());
    let area = cross(places[0], places[1], places[2]);
    if area == 0.0 {
        return;
    }
    let bounds = Rect::from_points(&places).intersect(clip);
    let bounds = bounds.intersect(Rect::from_min_max(
        Pos2::ZERO,
        Pos2::new(canvas.width() as f32, canvas.height() as f32),
    ));
    if !bounds.is_positive() {
        return;
    }
    // Most are of one colour.
    let [first, second, third] = corners;
    let is_plain =
        [second, third].iter().all(|corner| corner.uv == first.uv && corner.color == first.color);
    let plain = is_plain.then(|| {
        let texel = sample(texture, first.uv.x, first.uv.y);
        let parts = first.color.to_array().map(f32::from);
        std::array::from_fn::<f32, 4, _>(|part| parts[part] * texel[part])
    });
    for y in bounds.top().floor() as u32..bounds.bottom().ceil() as u32 {
        for x in bounds.left().floor() as u32..bounds.right().ceil() as u32 {
            let at = Pos2::new(x as f32 + 0.5, y as f32 + 0.5);
            let shares = [
                cross(places[1], places[2], at) / area,
                cross(places[2], places[0], at) / area,
                cross(places[0], places[1], at) / area,
            ];
            // A pixel on an edge belongs to one of the two triangles that share it.
            let inside =
                shares.iter().all(|share| *share >= 0.0) && !(shares.contains(&0.0) && area < 0.0);
            if !inside || !clip.contains(at) || x >= canvas.width() || y >= canvas.height() {
                continue;
            }
            let mix = |part: fn(&Vertex) -> f32| {
                corners.iter().zip(shares).map(|(corner, share)| part(corner) * share).sum::<f32>()
            };
            let colour = plain.unwrap_or_else(|| {
                let texel = sample(texture, mix(|v| v.uv.x), mix(|v| v.uv.y));
                [
                    mix(|v| f32::from(v.color.r())) * texel[0],
                    mix(|v| f32::from(v.color.g())) * texel[1],
                    mix(|v| f32::from(v.color.b())) * texel[2],
                    mix(|v| f32::from(v.color.a())) * texel[3],
                ]
            });
            let pixel = canvas.get_pixel_mut(x, y);
            let below = 1.0 - colour[3] / 255.0;
            for (own, new) in pixel.0.iter_mut().zip(colour) {
                *own = (f32::from(*own) * below + new).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
}

fn cross(a: Pos2, b: Pos2, c: Pos2) -> f32 {
    (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x)
}

/// The texture's colour at a place, between its four nearest texels; each part up to one.
fn sample(texture: &ColorImage, u: f32, v: f32) -> [f32; 4] {
    let [width, height] = texture.size;
    let (x, y) = (u * width as f32 - 0.5, v * height as f32 - 0.5);
    let texel = |x: f32, y: f32| {
        let x = (x.max(0.0) as usize).min(width - 1);
        let y = (y.max(0.0) as usize).min(height - 1);
        let colour: Color32 = texture[(x, y)];
        colour.to_array().map(|part| f32::from(part) / 255.0)
    };
    let (left, top) = (x.floor(), y.floor());
    let (right, down) = (x - left, y - top);
    let corners = [
        (texel(left, top), (1.0 - right) * (1.0 - down)),
        (texel(left + 1.0, top), right * (1.0 - down)),
        (texel(left, top + 1.0), (1.0 - right) * down),
        (texel(left + 1.0, top + 1.0), right * down),
    ];
    let mut sum = [0.0; 4];
    for (texel, weight) in corners {
        for (own, part) in sum.iter_mut().zip(texel) {
            *own += part * weight;
        }
    }
    sum
}
