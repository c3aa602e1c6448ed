//! What cryptoki offers in another way than it is needed here.
//!
//! `C_Sign` between `C_SignInit` and the end, for keys that want the passcode in between: cryptoki has
//! both as one call only, and `C_SignUpdate`, which modules refuse for single-part mechanisms.
//! `C_SetPIN` and `C_InitPIN` without passcodes, for readers on which they are typed.
#![allow(unsafe_code, reason = "cryptoki has no such calls")]

use std::{path::Path, ptr};

use cryptoki::{
    context::Function,
    error::{Error, Rv},
    session::Session,
};
use cryptoki_sys::{
    CK_C_InitPIN, CK_C_SetPIN, CK_C_Sign, CK_FUNCTION_LIST, CK_INFO, CK_ULONG, CKR_OK,
};

/// A module's own functions.
pub struct Direct {
    sign: CK_C_Sign,
    set_pin: CK_C_SetPIN,
    init_pin: CK_C_InitPIN,
    /// Keeps the code that they point to.
    _library: cryptoki_sys::Pkcs11,
}

impl Direct {
    /// Finds them in a module that is loaded and initialised. `None` where the file, loaded again,
    /// is not the same instance: sessions of one are unknown to the other.
    pub fn of(module: &Path) -> Option<Self> {
        // SAFETY: the file was just loaded as a PKCS#11 module; loading it again runs no
        // initialiser and gives the same library.
        let library = unsafe { cryptoki_sys::Pkcs11::new(module) }.ok()?;
        library.C_GetFunctionList.as_ref().ok()?;
        let mut list: *mut CK_FUNCTION_LIST = ptr::null_mut();
        // SAFETY: the symbol is there, and `list` is a place for the pointer.
        let found = unsafe { library.C_GetFunctionList(&mut list) };
        if found != CKR_OK || list.is_null() {
            return None;
        }
        // SAFETY: the module gave the list, which is as static as its code. The fields are copied,
        // so it does not matter that the list is packed on Windows.
        let (get_info, sign) = unsafe { ((*list).C_GetInfo, (*list).C_Sign) };
        // SAFETY: as above.
        let (set_pin, init_pin) = unsafe { ((*list).C_SetPIN, (*list).C_InitPIN) };
        let mut info = CK_INFO::default();
        // SAFETY: C_GetInfo of the same module, and `info` is a place for its answer. Another
        // instance answers that it is not initialised.
        let same = unsafe { get_info?(&mut info) } == CKR_OK;
        same.then_some(Self { sign, set_pin, init_pin, _library: library })
    }

    /// Has the reader ask for the user's passcode and, twice, for another one.
    pub fn set_pin_at_reader(&self, session: &Session) -> Result<(), Error> {
        let set_pin = self.set_pin.ok_or(Error::NullFunctionPointer)?;
        // SAFETY: the session is open; without passcodes there is nothing that the module reads.
        let value = unsafe { set_pin(session.handle(), ptr::null_mut(), 0, ptr::null_mut(), 0) };
        Rv::from(value).into_result(Function::SetPIN)
    }

    /// Has the reader ask, twice, for another passcode of the user; the security officer is logged
    /// in.
    pub fn init_pin_at_reader(&self, session: &Session) -> Result<(), Error> {
        let init_pin = self.init_pin.ok_or(Error::NullFunctionPointer)?;
        // SAFETY: the session is open; without a passcode there is nothing that the module reads.
        let value = unsafe { init_pin(session.handle(), ptr::null_mut(), 0) };
        Rv::from(value).into_result(Function::InitPIN)
    }

    /// Ends the operation that `sign_init` began in this session of the same module.
    pub fn sign(&self, session: &Session, input: &[u8]) -> Result<Vec<u8>, Error> {
        let sign = self.sign.ok_or(Error::NullFunctionPointer)?;
        let mut signature = vec![0; LONGEST_SIGNATURE];
        let mut length = CK_ULONG::try_from(signature.len())?;
        // SAFETY: the session is open, the module reads `input` for its length and writes at most
        // `length` bytes to `signature`; C_Sign takes its input by a mutable pointer for want of
        // const in the standard's headers, and does not write to it.
        let value = unsafe {
            sign(
                session.handle(),
                input.as_ptr().cast_mut(),
                CK_ULONG::try_from(input.len())?,
                signature.as_mut_ptr(),
                &mut length,
            )
        };
        Rv::from(value).into_result(Function::Sign)?;
        signature.truncate(usize::try_from(length)?);
        Ok(signature)
    }
}

/// In bytes; that of an RSA key of 8192 bits.
const LONGEST_SIGNATURE: usize = 1024;
