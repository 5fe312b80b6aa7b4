/* The seed of an MFA device: out of AWS's answer, into the URI that authenticator apps read. */
#include "keeper/enrol.h"

#include <string.h>

static int sextet(char c)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;
    return at != NULL ? (int)(at - letters) : -1;
}

/* RFC 4648, section 4, without line breaks. */
static bool decode_base64(const char *from, size_t length, struct secret *to, struct error *err)
{
    unsigned bits = 0;
    int held = 0;
    while (length > 0 && from[length - 1] == '=')
        length--;
    for (size_t i = 0; i < length; i++) {
        int value = sextet(from[i]);
        if (value < 0)
            return error_set(err, ERROR_REPLY, "the seed is not in its form");
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        held += 6;
        if (held < 8)
            continue;
        held -= 8;
        char byte = (char)(bits >> held & 0xff);
        bool added = secret_append(to, &byte, 1, err);
        secret_wipe(&byte, 1);
        if (!added)
            return false;
    }
    return true;
}

bool enrol_decode_seed(const struct secret *sent, struct secret *ret_seed, struct error *err)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    if (!decode_base64(secret_bytes(sent), secret_length(sent), ret_seed, err))
        return false;
    const char *seed = secret_bytes(ret_seed);
    size_t length = strspn(seed, letters);
    if (length < 16 || length + strspn(seed + length, "=") != secret_length(ret_seed))
        return error_set(err, ERROR_REPLY, "the seed is not in its form");
    return true;
}

/* RFC 3986: all but unreserved characters as %XX. */
static bool append_encoded(struct secret *to, const char *string, struct error *err)
{
    static const char digits[] = "0123456789ABCDEF";
    for (; *string != '\0'; string++) {
        unsigned char c = (unsigned char)*string;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     strchr("-._~@", c) != NULL;
        char coded[3] = {'%', digits[c >> 4], digits[c & 15]};
        if (!secret_append(to, plain ? string : coded, plain ? 1 : 3, err))
            return false;
    }
    return true;
}

static bool append(struct secret *to, const char *string, struct error *err)
{
    return secret_append(to, string, strlen(string), err);
}

bool enrol_uri(const char *user, const char *account, const struct secret *seed,
               struct secret *ret_uri, struct error *err)
{
    const char *bytes = secret_bytes(seed);
    return append(ret_uri, "otpauth://totp/AWS:", err) && append_encoded(ret_uri, user, err) &&
           append(ret_uri, "@", err) && append_encoded(ret_uri, account, err) &&
           append(ret_uri, "?secret=", err) &&
           secret_append(ret_uri, bytes, strcspn(bytes, "="), err) &&
           append(ret_uri, "&issuer=AWS", err);
}
