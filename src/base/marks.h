/* Characters that stand on the one before them and take no column of their own. Pure.
 * Source: Unicode Character Database 14.0, general categories Mn and Me, and the vowels and final
 * consonants of Hangul (U+1160 to U+11FF, U+D7B0 to U+D7FF), which terminals join too. */
#ifndef KEYWRIGHT_BASE_MARKS_H
#define KEYWRIGHT_BASE_MARKS_H

#include <stdbool.h>
#include <stdint.h>

bool marks_contain(uint32_t point);

#endif
