/*
 * A PKCS#11 module that fails where a test says so: it is the module MODULE, but that one of its calls
 * crashes or hangs as long as the file FAULT says `crash` or `hang` and the call's name. The file LOG gets
 * a line for each such call, with the process that made it, and for each passcode.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long number;
typedef number (*other)(void);

/* CK_FUNCTION_LIST (PKCS#11 2.40): a version, and the functions in the order of pkcs11f.h. */
struct list {
    unsigned char version[2];
    other from_initialize_to_get_info[3];
    number (*get_function_list)(struct list **);
    number (*get_slot_list)(unsigned char, number *, number *);
    other get_slot_info;
    number (*get_token_info)(number, void *);
    other from_get_mechanism_list_to_set_operation_state[11];
    number (*login)(number, number, unsigned char *, number);
    other from_logout_to_sign_init[24];
    number (*sign)(number, unsigned char *, number, unsigned char *, number *);
    other from_sign_update_to_wait_for_slot_event[24];
};
enum { OK = 0, GENERAL_ERROR = 5 };

static struct list inner, outer;

static void note(const char *what)
{
    FILE *log = fopen(LOG, "a");
    if (log != NULL) {
        fprintf(log, "%s %ld\n", what, (long)getpid());
        fclose(log);
    }
}

/* Does not come back where the call is the one that fails. */
static void fail_at(const char *call)
{
    char how[16] = "", where[32] = "";
    FILE *fault = fopen(FAULT, "r");
    if (fault == NULL)
        return;
    int read = fscanf(fault, "%15s %31s", how, where);
    fclose(fault);
    if (read != 2 || strcmp(where, call) != 0)
        return;
    note(how);
    if (strcmp(how, "crash") == 0)
        abort();
    for (;;)
        pause();
}

static number slot_list(unsigned char present, number *slots, number *count)
{
    fail_at("C_GetSlotList");
    return inner.get_slot_list(present, slots, count);
}

static number token_info(number slot, void *info)
{
    fail_at("C_GetTokenInfo");
    return inner.get_token_info(slot, info);
}

static number log_in(number session, number user, unsigned char *passcode, number length)
{
    note("passcode");
    return inner.login(session, user, passcode, length);
}

static number make(number session, unsigned char *data, number length, unsigned char *made, number *size)
{
    fail_at("C_Sign");
    return inner.sign(session, data, length, made, size);
}

number C_GetFunctionList(struct list **list)
{
    struct list *found;
    void *module = dlopen(MODULE, RTLD_NOW | RTLD_LOCAL);
    number (*get)(struct list **);
    if (module == NULL)
        return GENERAL_ERROR;
    *(void **)&get = dlsym(module, "C_GetFunctionList");
    if (get == NULL || get(&found) != OK)
        return GENERAL_ERROR;
    inner = outer = *found;
    outer.get_function_list = C_GetFunctionList;
    outer.get_slot_list = slot_list;
    outer.get_token_info = token_info;
    outer.login = log_in;
    outer.sign = make;
    *list = &outer;
    return OK;
}
