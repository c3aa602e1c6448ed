/* Randomness, which every Rust program takes from this library; Wine 8 has none by this name. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE octets, SIZE_T length)
{
    return RtlGenRandom(octets, (ULONG)length);
}
