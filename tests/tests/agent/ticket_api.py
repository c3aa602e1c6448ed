"""What a script does with the library by ctypes: prints the codes and tickets of its calls as JSON."""

import ctypes
import json
import sys

library = ctypes.CDLL(sys.argv[1])
library._TcktApi_Initialize.restype = ctypes.c_long
library._TcktApi_getLastError.argtypes = [ctypes.c_long]
library._TcktApi_getLastError.restype = ctypes.c_uint32
library._TcktApi_getTicketNoAuth.argtypes = [
    ctypes.c_long,
    ctypes.c_char_p,
    ctypes.c_uint,
    ctypes.POINTER(ctypes.c_uint),
]
library._TcktApi_Finalize.argtypes = [ctypes.c_long]

said = {}
instance = library._TcktApi_Initialize()
said["error"] = library._TcktApi_getLastError(instance)
if instance:
    buffer = ctypes.create_string_buffer(1025)
    used = ctypes.c_uint(0)
    code = library._TcktApi_getTicketNoAuth(instance, buffer, len(buffer), ctypes.byref(used))
    said["code"] = code & 0xFFFFFFFF
    said["ticket"] = buffer.value.decode("ascii")
    said["used"] = used.value
    library._TcktApi_Finalize(instance)
print(json.dumps(said))
