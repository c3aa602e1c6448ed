/* The floor of the bench: the library of xmlsec1 and libxml2, on one file, over and over.
 *
 *   xmlsec c14n FILE ROUNDS            parses, then canonicalizes exclusively without comments
 *   xmlsec verify FILE ROUNDS KEY.pem  parses, then verifies the signature with the key
 *
 * Prints the nanoseconds of one round. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <xmlsec/crypto.h>
#include <xmlsec/xmldsig.h>
#include <xmlsec/xmlsec.h>
#include <xmlsec/xmltree.h>

static void fail(const char *what) {
    fprintf(stderr, "%s\n", what);
    exit(1);
}

static char *read_file(const char *path, int *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END)) fail("no file");
    long length = ftell(file);
    rewind(file);
    char *octets = malloc(length);
    if (!octets || fread(octets, 1, length, file) != (size_t)length) fail("unreadable");
    fclose(file);
    *size = (int)length;
    return octets;
}

static void c14n(xmlDocPtr document) {
    xmlChar *result = NULL;
    int length = xmlC14NDocDumpMemory(document, NULL, XML_C14N_EXCLUSIVE_1_0, NULL, 0, &result);
    if (length <= 0) fail("no canonical form");
    xmlFree(result);
}

static void verify(xmlDocPtr document, xmlSecKeyPtr key) {
    static const xmlChar *ids[] = {BAD_CAST "Id", BAD_CAST "ID", NULL};
    xmlNodePtr root = xmlDocGetRootElement(document);
    xmlSecAddIDs(document, root, ids);
    xmlNodePtr signature = xmlSecFindNode(root, xmlSecNodeSignature, xmlSecDSigNs);
    xmlSecDSigCtxPtr context = xmlSecDSigCtxCreate(NULL);
    if (!signature || !context) fail("no signature");
    context->signKey = xmlSecKeyDuplicate(key);
    if (xmlSecDSigCtxVerify(context, signature) < 0 ||
        context->status != xmlSecDSigStatusSucceeded)
        fail("the signature does not hold");
    xmlSecDSigCtxDestroy(context);
}

int main(int count, char **arguments) {
    if (count < 4) fail("xmlsec c14n|verify FILE ROUNDS [KEY]");
    xmlInitParser();
    if (xmlSecInit() < 0 || xmlSecCryptoAppInit(NULL) < 0 || xmlSecCryptoInit() < 0)
        fail("xmlsec");
    int size = 0;
    char *octets = read_file(arguments[2], &size);
    long rounds = atol(arguments[3]);
    xmlSecKeyPtr key = NULL;
    if (!strcmp(arguments[1], "verify")) {
        if (count < 5) fail("no key");
        key = xmlSecCryptoAppKeyLoad(arguments[4], xmlSecKeyDataFormatPem, NULL, NULL, NULL);
        if (!key) fail("unreadable key");
    }
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    for (long round = 0; round < rounds; round++) {
        xmlDocPtr document = xmlReadMemory(octets, size, NULL, NULL, XML_PARSE_NONET);
        if (!document) fail("not XML");
        if (key)
            verify(document, key);
        else
            c14n(document);
        xmlFreeDoc(document);
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    double nanoseconds = (ended.tv_sec - begun.tv_sec) * 1e9 + (ended.tv_nsec - begun.tv_nsec);
    printf("%.0f\n", nanoseconds / rounds);
    return 0;
}
