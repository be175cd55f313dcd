/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tests by files: a folder of JSON files, each with an input and with what is expected, told in
 * lines.
 */
#ifndef CASE_FILES_H
#define CASE_FILES_H

#include <modelplane/object.h>

/* Find the .json files of a folder below tests/, sorted by name; how many there are. */
size_t case_list(const char *folder);
void case_forget(void);
const char *case_name(size_t i);
/* One of them, owned by the caller; fails the test if it cannot be read. */
mp_doc *case_read(size_t i);

/* The text of a string node, "" for anything else. */
const char *case_text(const mp_object *node);
/* "*" in a pattern matches any text, also none. */
bool case_matches(const char *pattern, const char *text, size_t size);
/* Fail the test unless the lines of `got` match the patterns of a list one by one. */
void case_lines(const char *name, const mp_object *patterns, const char *got);
/* Fail the test unless the JSON of a tree has this SHA-256: the same bytes from every compiler on
 * every machine. */
void case_digest(const char *name, const mp_object *sha256, const mp_object *got);

#endif
