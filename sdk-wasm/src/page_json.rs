//! The page's own objects as the client's JSON.

use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::client::{Json, Plain};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = Object)]
    type Object;
    #[wasm_bindgen(constructor, js_class = "Object")]
    fn new() -> Object;
    #[wasm_bindgen(js_namespace = Reflect, js_name = get, catch)]
    fn get(target: &JsValue, name: &str) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(js_namespace = Reflect, js_name = get)]
    fn element(target: &JsValue, index: u32) -> JsValue;
    #[wasm_bindgen(js_namespace = Reflect, js_name = set)]
    fn put(target: &JsValue, name: &str, value: &JsValue) -> bool;
    #[wasm_bindgen(js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> bool;
}

/// An object with these members.
pub fn object(members: &[(&str, Plain<'_>)]) -> JsValue {
    let object = JsValue::from(Object::new());
    for (name, plain) in members {
        let value = match *plain {
            Plain::Flag(flag) => JsValue::from(flag),
            Plain::Number(number) => JsValue::from(number),
            Plain::Text(text) => JsValue::from(text),
        };
        put(&object, name, &value);
    }
    object
}

/// Sets a member of an object of ours.
pub fn set(object: &JsValue, name: &str, value: &JsValue) {
    put(object, name, value);
}

impl Json for JsValue {
    fn object(members: &[(&str, Plain<'_>)]) -> Self {
        object(members)
    }

    fn member(&self, name: &str) -> Option<Self> {
        // It throws where there are no members.
        get(self, name).ok().filter(|value| !value.is_undefined())
    }

    fn is_object(&self) -> bool {
        Self::is_object(self) && !is_array(self)
    }

    fn number(&self) -> Option<u32> {
        let number = self.as_f64()?;
        // What does not fit is cut, and differs then.
        let whole = number as u32;
        (f64::from(whole) == number).then_some(whole)
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }

    fn elements(&self) -> Option<Vec<Self>> {
        if !is_array(self) {
            return None;
        }
        let length = self.member("length")?.number()?;
        Some((0..length).map(|index| element(self, index)).collect())
    }
}
