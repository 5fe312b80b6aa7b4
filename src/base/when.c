#include "base/when.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

int64_t when_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec;
}

int64_t when_monotonic_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The parts of a time that has a text form; false for 0 and for years without four digits. */
static bool split(int64_t time, struct tm *ret_parts)
{
    time_t seconds = (time_t)time;
    return time != 0 && gmtime_r(&seconds, ret_parts) != NULL && ret_parts->tm_year >= -900 &&
           ret_parts->tm_year + 1900 <= 9999;
}

/* A time that could not be written again would be lost in the journal: years have four digits. */
static bool has_form(int64_t time)
{
    return time >= INT64_C(-30610224000) && time <= INT64_C(253402300799);
}

const char *when_format(int64_t time, char buffer[WHEN_TEXT_SIZE])
{
    struct tm parts;
    if (!split(time, &parts) ||
        strftime(buffer, WHEN_TEXT_SIZE, "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
        buffer[0] = '\0';
    return buffer;
}

const char *when_format_basic(int64_t time, char buffer[WHEN_TEXT_SIZE])
{
    struct tm parts;
    if (!split(time, &parts) || strftime(buffer, WHEN_TEXT_SIZE, "%Y%m%dT%H%M%SZ", &parts) == 0)
        buffer[0] = '\0';
    return buffer;
}

/* Reads exactly `count` digits at *at and moves on; -1 when they are not there. */
static int digits(const char **at, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++) {
        if (!isdigit((unsigned char)(*at)[i]))
            return -1;
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += count;
    return value;
}

static bool skip(const char **at, char c)
{
    if (**at != c)
        return false;
    ++*at;
    return true;
}

/* The leap years from 0 on that are over before `year` begins (Gregorian calendar, as in ISO 8601). */
static int leap_years(int year)
{
    int last = year - 1;
    return year == 0 ? 0 : last / 4 - last / 100 + last / 400 + 1;
}

static bool to_seconds(int year, int month, int day, int hour, int minute, int second,
                       int64_t *ret_time)
{
    static const int days_in[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const int days_before[] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    if (year < 0 || month < 1 || month > 12 || day < 1 || hour < 0 || hour > 23 || minute < 0 ||
        minute > 59 || second < 0 || second > 60)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    if (day > days_in[month - 1] + (month == 2 && leap ? 1 : 0))
        return false;
    enum { EPOCH = 1970 };
    int64_t days = INT64_C(365) * (year - EPOCH) + leap_years(year) - leap_years(EPOCH);
    days += days_before[month - 1] + (month > 2 && leap ? 1 : 0);
    *ret_time = ((days + day - 1) * 24 + hour) * 3600 + minute * 60 + second;
    return true;
}

/* A fraction and a zone after the seconds; moves *at to what follows. */
static bool zone(const char **at, int64_t *time)
{
    if (skip(at, '.') || skip(at, ',')) {
        if (!isdigit((unsigned char)**at))
            return false;
        while (isdigit((unsigned char)**at))
            ++*at;
    }
    if (skip(at, 'Z') || skip(at, 'z'))
        return true;
    int sign = **at == '+' ? 1 : **at == '-' ? -1 : 0;
    if (sign == 0)
        return false;
    ++*at;
    int hours = digits(at, 2);
    skip(at, ':');
    int minutes = digits(at, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59)
        return false;
    *time -= sign * (hours * 3600 + minutes * 60);
    return true;
}

bool when_parse(const char *string, int64_t *ret_time, struct error *err)
{
    const char *at = string;
    int year = digits(&at, 4);
    bool extended = year >= 0 && skip(&at, '-');
    int month = year < 0 ? -1 : digits(&at, 2);
    bool good = month >= 0 && (!extended || skip(&at, '-'));
    int day = good ? digits(&at, 2) : -1;
    good = good && (skip(&at, 'T') || skip(&at, 't') || skip(&at, ' '));
    int hour = good ? digits(&at, 2) : -1;
    good = good && hour >= 0 && (!extended || skip(&at, ':'));
    int minute = good ? digits(&at, 2) : -1;
    good = good && minute >= 0 && (!extended || skip(&at, ':'));
    int second = good ? digits(&at, 2) : -1;
    int64_t time = 0;
    good = good && second >= 0 && to_seconds(year, month, day, hour, minute, second, &time) &&
           zone(&at, &time) && *at == '\0' && has_form(time);
    if (!good)
        return error_set(err, ERROR_SYNTAX, "'%.40s' is not a time such as 2026-01-15T12:34:56Z",
                         string);
    *ret_time = time;
    return true;
}

/* The one form has 29 characters, and sscanf alone would take signs and blanks for digits. */
static bool is_fixdate(const char *string)
{
    static const char form[] = "aaa, 00 aaa 0000 00:00:00 GMT";
    if (strlen(string) != sizeof form - 1)
        return false;
    for (size_t i = 0; i < sizeof form - 1; i++) {
        unsigned char c = (unsigned char)string[i];
        bool fits = form[i] == 'a'   ? (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')
                    : form[i] == '0' ? c >= '0' && c <= '9'
                                     : c == (unsigned char)form[i];
        if (!fits)
            return false;
    }
    return true;
}

bool when_parse_http(const char *string, int64_t *ret_time, struct error *err)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char month_name[4] = "";
    int64_t time = 0;
    bool good = is_fixdate(string);
    if (good)
        memcpy(month_name, string + 8, 3);
    const char *month = good ? strstr(months, month_name) : NULL;
    good = month != NULL && (month - months) % 3 == 0;
    if (good) {
        const char *at = string + 5;
        int day = digits(&at, 2);
        at = string + 12;
        int year = digits(&at, 4);
        at++;
        int hour = digits(&at, 2);
        at++;
        int minute = digits(&at, 2);
        at++;
        int second = digits(&at, 2);
        good = to_seconds(year, (int)(month - months) / 3 + 1, day, hour, minute, second, &time) &&
               has_form(time);
    }
    if (!good)
        return error_set(err, ERROR_SYNTAX, "'%.40s' is not an HTTP date", string);
    *ret_time = time;
    return true;
}

bool duration_parse(const char *string, int64_t *ret_seconds, struct error *err)
{
    static const int64_t longest = INT64_C(100) * 366 * 86400;
    const char *at = string;
    int64_t value = 0;
    bool good = isdigit((unsigned char)*at);
    while (good && isdigit((unsigned char)*at)) {
        value = value * 10 + (*at++ - '0');
        good = value <= longest;
    }
    int64_t unit = 0;
    switch (good ? *at : 'x') {
    case '\0':
        good = value == 0;
        break;
    case 's':
        unit = 1;
        break;
    case 'm':
        unit = 60;
        break;
    case 'h':
        unit = 3600;
        break;
    case 'd':
        unit = 86400;
        break;
    default:
        good = false;
    }
    if (good && unit > 0)
        good = at[1] == '\0' && value <= longest / unit;
    if (!good)
        return error_set(err, ERROR_USAGE, "'%.40s' is not a duration: write 0, 90s, 15m, 24h or 90d",
                         string);
    *ret_seconds = value * unit;
    return true;
}

const char *duration_format(int64_t seconds, char buffer[DURATION_TEXT_SIZE])
{
    static const struct {
        int64_t size;
        char name;
    } units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
    const char *sign = seconds < 0 ? "-" : "";
    int64_t left = seconds < 0 ? -seconds : seconds;
    size_t first = 0;
    while (first < 3 && left < units[first].size)
        first++;
    int64_t count = left / units[first].size;
    int used = snprintf(buffer, DURATION_TEXT_SIZE, "%s%lld%c", sign, (long long)count,
                        units[first].name);
    left -= count * units[first].size;
    if (first < 3 && left / units[first + 1].size > 0)
        snprintf(buffer + used, DURATION_TEXT_SIZE - (size_t)used, " %lld%c",
                 (long long)(left / units[first + 1].size), units[first + 1].name);
    return buffer;
}
