/*
 * Tells the agent what Windows would, as Wine does not: the screen is locked, the computer sleeps. Ends
 * well where somebody listens and has been told.
 */
#include <windows.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    UINT message;
    WPARAM word;
} events[] = {
    {"lock", WM_WTSSESSION_CHANGE, WTS_SESSION_LOCK},
    {"unlock", WM_WTSSESSION_CHANGE, WTS_SESSION_UNLOCK},
    {"remote-disconnect", WM_WTSSESSION_CHANGE, WTS_REMOTE_DISCONNECT},
    {"remote-connect", WM_WTSSESSION_CHANGE, WTS_REMOTE_CONNECT},
    {"switch-away", WM_WTSSESSION_CHANGE, WTS_CONSOLE_DISCONNECT},
    {"switch-back", WM_WTSSESSION_CHANGE, WTS_CONSOLE_CONNECT},
    {"sleep", WM_POWERBROADCAST, PBT_APMSUSPEND},
    {"wake", WM_POWERBROADCAST, PBT_APMRESUMEAUTOMATIC},
    {"close", WM_CLOSE, 0},
};

int main(int argc, char **argv)
{
    size_t event = 0;
    HWND window = NULL;
    int told = 0;
    while (argc == 2 && event < ARRAYSIZE(events) && strcmp(argv[1], events[event].name) != 0)
        event++;
    if (argc != 2 || event == ARRAYSIZE(events))
        return fputs("what?\n", stderr), 2;
    while ((window = FindWindowExW(NULL, window, L"WardkeyDesktop", NULL)) != NULL) {
        SendMessageW(window, events[event].message, events[event].word, 0);
        told++;
    }
    return told == 0;
}
