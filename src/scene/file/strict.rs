//! Arrays where glTF wants objects.
//!
//! The parser takes the elements of an array for the members of an object, in some order, so that
//! `[]` would be a material with all defaults. Behind this adapter it refuses them, however deep they
//! stand.

use std::fmt::{Formatter, Result as Formatted};

use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, MapAccess, SeqAccess, VariantAccess, Visitor,
};

/// A deserializer that gives objects for objects only; and what it hands on, which does the same for
/// all below.
pub(in crate::scene) struct Strict<T>(pub T);

/// Methods of a deserializer that do what those of the inner one do.
macro_rules! forward_deserialize {
    ($($method:ident($($name:ident: $kind:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(
            self,
            $($name: $kind,)*
            visitor: V,
        ) -> Result<V::Value, Self::Error> {
            self.0.$method($($name,)* Strict(visitor))
        }
    )*};
}

impl<'de, D: Deserializer<'de>> Deserializer<'de> for Strict<D> {
    type Error = D::Error;

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, D::Error> {
        self.0.deserialize_map(Strict(visitor))
    }

    forward_deserialize! {
        deserialize_any();
        deserialize_bool();
        deserialize_i8();
        deserialize_i16();
        deserialize_i32();
        deserialize_i64();
        deserialize_u8();
        deserialize_u16();
        deserialize_u32();
        deserialize_u64();
        deserialize_f32();
        deserialize_f64();
        deserialize_char();
        deserialize_str();
        deserialize_string();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_option();
        deserialize_unit();
        deserialize_unit_struct(name: &'static str);
        deserialize_newtype_struct(name: &'static str);
        deserialize_seq();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_map();
        deserialize_enum(name: &'static str, variants: &'static [&'static str]);
        deserialize_identifier();
        deserialize_ignored_any();
    }
}

/// Methods of a visitor that do what those of the inner one do.
macro_rules! forward_visit {
    ($($method:ident($kind:ty);)*) => {$(
        fn $method<E: Error>(self, value: $kind) -> Result<V::Value, E> {
            self.0.$method(value)
        }
    )*};
}

impl<'de, V: Visitor<'de>> Visitor<'de> for Strict<V> {
    type Value = V::Value;

    fn expecting(&self, f: &mut Formatter) -> Formatted {
        self.0.expecting(f)
    }

    forward_visit! {
        visit_bool(bool);
        visit_i64(i64);
        visit_u64(u64);
        visit_f64(f64);
        visit_str(&str);
        visit_borrowed_str(&'de str);
        visit_string(String);
    }

    fn visit_none<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_none()
    }

    fn visit_unit<E: Error>(self) -> Result<V::Value, E> {
        self.0.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_some(Strict(inner))
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, inner: D) -> Result<V::Value, D::Error> {
        self.0.visit_newtype_struct(Strict(inner))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<V::Value, A::Error> {
        self.0.visit_seq(Strict(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<V::Value, A::Error> {
        self.0.visit_map(Strict(members))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, variant: A) -> Result<V::Value, A::Error> {
        self.0.visit_enum(Strict(variant))
    }
}

impl<'de, S: DeserializeSeed<'de>> DeserializeSeed<'de> for Strict<S> {
    type Value = S::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<S::Value, D::Error> {
        self.0.deserialize(Strict(deserializer))
    }
}

impl<'de, A: SeqAccess<'de>> SeqAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        self.0.next_element_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, A::Error> {
        // A name is neither an array nor an object.
        self.0.next_key_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, A::Error> {
        self.0.next_value_seed(Strict(seed))
    }

    fn size_hint(&self) -> Option<usize> {
        self.0.size_hint()
    }
}

impl<'de, A: EnumAccess<'de>> EnumAccess<'de> for Strict<A> {
    type Error = A::Error;
    type Variant = Strict<A::Variant>;

    fn variant_seed<S: DeserializeSeed<'de>>(
        self,
        seed: S,
    ) -> Result<(S::Value, Self::Variant), A::Error> {
        let (name, variant) = self.0.variant_seed(seed)?;
        Ok((name, Strict(variant)))
    }
}

impl<'de, A: VariantAccess<'de>> VariantAccess<'de> for Strict<A> {
    type Error = A::Error;

    fn unit_variant(self) -> Result<(), A::Error> {
        self.0.unit_variant()
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, A::Error> {
        self.0.newtype_variant_seed(Strict(seed))
    }

    fn tuple_variant<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.tuple_variant(length, Strict(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, A::Error> {
        self.0.struct_variant(fields, Strict(visitor))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::{Value, json};

    use crate::scene::testing::{PIXEL, add_channel, load, load_at, refusal, triangle};

    /// The members of a document that are lists of objects.
    const LISTS: [&str; 13] = [
        "accessors",
        "animations",
        "bufferViews",
        "buffers",
        "cameras",
        "images",
        "materials",
        "meshes",
        "nodes",
        "samplers",
        "scenes",
        "skins",
        "textures",
    ];

    /// The triangle with something of everything.
    fn full() -> Value {
        let mut scene = triangle();
        scene["images"] = json!([{"uri": PIXEL}]);
        scene["textures"] = json!([{"source": 0}]);
        scene["materials"] = json!([{
            "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}},
            "normalTexture": {"index": 0},
            "extensions": {
                "KHR_materials_emissive_strength": {"emissiveStrength": 2},
                "KHR_materials_unlit": {},
            },
        }]);
        scene["meshes"][0]["primitives"][0]["material"] = json!(0);
        scene["cameras"] = json!([{
            "type": "perspective", "perspective": {"yfov": 1, "znear": 1},
        }]);
        scene["nodes"][0]["camera"] = json!(0);
        scene["nodes"][0]["extensions"] = json!({"KHR_node_visibility": {"visible": true}});
        scene["accessors"][0]["sparse"] = json!({
            "count": 1, "indices": {"bufferView": 1, "componentType": 5125},
            "values": {"bufferView": 0},
        });
        scene["extensions"] = json!({"KHR_lights_punctual": {"lights": []}});
        let target = json!({"node": 0, "path": "translation"});
        add_channel(&mut scene, &target, 1, ("VEC3", 5126), &[0; 12]);
        scene
    }

    #[test]
    fn an_array_in_a_list_is_no_object() {
        for name in LISTS {
            let mut scene = triangle();
            if scene[name].is_null() {
                scene[name] = json!([]);
            }
            let list = scene[name].as_array_mut().unwrap();
            let index = list.len();
            list.push(json!([]));
            assert_eq!(
                refusal(&scene),
                format!("scene: {name}[{index}]: invalid type: array, expected an object.")
            );
        }
    }

    #[test]
    fn an_array_in_place_of_a_member_is_no_object() {
        load_at(&full(), 0.0).unwrap();
        for (pointer, place) in [
            ("/asset", "asset"),
            ("/cameras/0/perspective", "cameras[0].perspective"),
            ("/accessors/0/sparse", "accessors[0].sparse"),
            ("/accessors/0/sparse/indices", "accessors[0].sparse.indices"),
            ("/accessors/0/sparse/values", "accessors[0].sparse.values"),
            ("/meshes/0/primitives/0", "meshes[0].primitives[0]"),
            (
                "/materials/0/pbrMetallicRoughness",
                "materials[0].pbrMetallicRoughness",
            ),
            (
                "/materials/0/pbrMetallicRoughness/baseColorTexture",
                "materials[0].pbrMetallicRoughness.baseColorTexture",
            ),
            ("/materials/0/normalTexture", "materials[0].normalTexture"),
            ("/nodes/0/extensions", "nodes[0].extensions"),
            (
                "/nodes/0/extensions/KHR_node_visibility",
                "node 0: KHR_node_visibility",
            ),
            (
                "/materials/0/extensions/KHR_materials_emissive_strength",
                "mesh 0, primitive 0: material 0: KHR_materials_emissive_strength",
            ),
            (
                "/materials/0/extensions/KHR_materials_unlit",
                "mesh 0, primitive 0: material 0: KHR_materials_unlit",
            ),
            ("/animations/0/channels/0", "animation 0: channels[0]"),
            (
                "/animations/0/channels/0/target",
                "animation 0: channels[0].target",
            ),
        ] {
            let mut scene = full();
            // Enough for what derives from the order of members.
            *scene.pointer_mut(pointer).unwrap() = json!([1, 1, 1, 1]);
            let message = load_at(&scene, 0.0).unwrap_err();
            let expected = format!("scene: {place}: invalid type: array, expected an object.");
            assert_eq!(message, expected, "{pointer}");
        }
    }

    #[test]
    fn other_arrays_are_nobodys_business() {
        let mut scene = full();
        scene["extras"] = json!([[1], [[2]]]);
        scene["nodes"][0]["extras"] = json!({"materials": [[]]});
        scene["nodes"][0]["extensions"]["X_other"] = json!([[]]);
        load(&scene).unwrap();
    }
}
