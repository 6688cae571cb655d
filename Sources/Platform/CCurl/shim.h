#pragma once

#include <curl/curl.h>
#include <sys/prctl.h>

// Swift cannot call a variadic C function, and imports neither curl's setter macros nor the union in
// CURLMsg. So: one named, typed shim for each kind of value that we pass, and nothing else here. The
// parentheses around a function's name keep curl's type-checking macro of the same name away.

static inline CURLcode belfry_curl_set_long(CURL *easy, CURLoption option, long value) {
  return (curl_easy_setopt)(easy, option, value);
}

static inline CURLcode belfry_curl_set_size(CURL *easy, CURLoption option, curl_off_t value) {
  return (curl_easy_setopt)(easy, option, value);
}

/// For options whose string libcurl copies; see curl_easy_setopt(3).
static inline CURLcode belfry_curl_set_string(CURL *easy, CURLoption option, const char *value) {
  return (curl_easy_setopt)(easy, option, value);
}

/// CURLOPT_COPYPOSTFIELDS: copies as many bytes as CURLOPT_POSTFIELDSIZE_LARGE said before.
static inline CURLcode belfry_curl_copy_body(CURL *easy, const void *bytes) {
  return (curl_easy_setopt)(easy, CURLOPT_COPYPOSTFIELDS, bytes);
}

/// The list is not copied: it must live until the transfer has ended.
static inline CURLcode belfry_curl_set_headers(CURL *easy, struct curl_slist *list) {
  return (curl_easy_setopt)(easy, CURLOPT_HTTPHEADER, list);
}

/// CURLOPT_ERRORBUFFER: CURL_ERROR_SIZE bytes that must outlive the handle.
static inline CURLcode belfry_curl_set_error_buffer(CURL *easy, char *buffer) {
  return (curl_easy_setopt)(easy, CURLOPT_ERRORBUFFER, buffer);
}

static inline CURLcode belfry_curl_on_body(CURL *easy, curl_write_callback call, void *context) {
  CURLcode code = (curl_easy_setopt)(easy, CURLOPT_WRITEFUNCTION, call);
  return code ? code : (curl_easy_setopt)(easy, CURLOPT_WRITEDATA, context);
}

static inline CURLcode belfry_curl_on_header(CURL *easy, curl_write_callback call, void *context) {
  CURLcode code = (curl_easy_setopt)(easy, CURLOPT_HEADERFUNCTION, call);
  return code ? code : (curl_easy_setopt)(easy, CURLOPT_HEADERDATA, context);
}

static inline CURLcode belfry_curl_on_issue(CURL *easy, curl_prereq_callback call, void *context) {
  CURLcode code = (curl_easy_setopt)(easy, CURLOPT_PREREQFUNCTION, call);
  return code ? code : (curl_easy_setopt)(easy, CURLOPT_PREREQDATA, context);
}

static inline CURLcode belfry_curl_get_long(CURL *easy, CURLINFO info, long *value) {
  return (curl_easy_getinfo)(easy, info, value);
}

static inline CURLMcode belfry_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return (curl_multi_setopt)(multi, option, value);
}

/// Names the calling thread, for ps -L and debuggers: prctl(2) is variadic, and Swift's Glibc module lacks
/// pthread_setname_np. At most 15 bytes count.
static inline int belfry_curl_name_thread(const char *name) {
  return prctl(PR_SET_NAME, (unsigned long)name, 0L, 0L, 0L);
}

/// Takes the next finished transfer off the queue; NULL when there is none. The message that
/// curl_multi_info_read lends is void after the handle is removed, so its two facts are copied out.
static inline CURL *belfry_curl_multi_next_finished(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg == CURLMSG_DONE) {
      *result = message->data.result;
      return message->easy_handle;
    }
  }
  return NULL;
}
