package luna.sender.api;

import io.vertx.core.json.JsonObject;

/**
 * The errors of the HTTP API: LUNA's error code, the HTTP status, and the texts.
 *
 * <p>Shape: {@code {"error_code", "desc", "detail"}}. Clients decide by the code.
 *
 * <p>Source: schema {@code Error} in {@code openapi.yaml}.
 */
public enum ApiError {
  INTERNAL(1, 500, "internal server error", "%s"),
  UNAVAILABLE(1, 503, "internal server error", "%s"),
  ACCOUNT_FORBIDDEN(
      11060,
      403,
      "Forbidden",
      "Access to the resource is denied due to token restrictions."
          + " Required '%s' resource permission"),
  SCOPE_MISSING(
      11060,
      403,
      "Forbidden",
      "Access to the resource is denied due to token restrictions."
          + " Required '%s' resource permission"),
  TOKEN_REFUSED(11065, 401, "Authorization failed", "%s"),
  TOKEN_MISSING(
      12010,
      401,
      "Bad/incomplete input data",
      "This resource needs \"Authorization\" authorization headers"),
  FULL(1, 503, "internal server error", "%s"),
  TOO_MANY(1, 429, "Too many requests", "%s"),
  BAD_QUERY(12012, 400, "Bad/incomplete input data", "Bad query parameters: %s"),
  URI_TOO_LONG(12012, 414, "Bad/incomplete input data", "Bad query parameters: %s"),
  CONNECTION_NOT_FOUND(12013, 404, "Resource not found", "%s"),
  EVENT_NOT_KEPT(12013, 404, "Resource not found", "%s"),
  NOT_FOUND(12013, 404, "Resource not found", "Page not found"),
  REQUIRED_MISSING(12014, 400, "Bad/incomplete input data", "Required parameters %s not found"),
  METHOD_NOT_ALLOWED(12021, 405, "Method not allowed", "Method not allowed"),
  // The reference implementation swaps these two texts compared to LUNA's catalogue.
  UNSUPPORTED_MEDIA_TYPE(12024, 415, "Unsupported media type", "Bad/incomplete input data: %s"),
  BAD_BODY(12022, 400, "Bad/incomplete input data", "Failed to validate input json: %s"),
  BODY_TIMEOUT(12022, 408, "Bad/incomplete input data", "Failed to validate input json: %s"),
  BODY_TOO_LARGE(12022, 413, "Bad/incomplete input data", "Failed to validate input json: %s"),
  BAD_HEADER(12031, 400, "Bad/incomplete input data", "%s"),
  ORIGIN_FORBIDDEN(12031, 403, "Bad/incomplete input data", "%s"),
  HEADERS_TOO_LARGE(12031, 431, "Bad/incomplete input data", "%s"),
  NOT_WEBSOCKET(12046, 400, "Bad/incomplete input data", "Invalid http request: %s"),
  UNHEALTHY(38001, 502, "Health check error", "%s"),
  NOT_READY(38001, 503, "Health check error", "%s");

  private final int code;
  private final int status;
  private final String desc;
  private final String detail;

  ApiError(int code, int status, String desc, String detail) {
    this.code = code;
    this.status = status;
    this.desc = desc;
    this.detail = detail;
  }

  public int code() {
    return code;
  }

  public int status() {
    return status;
  }

  /**
   * Returns the body of the response.
   *
   * @param what replaces {@code %s} in the detail
   */
  public JsonObject body(String what) {
    return new JsonObject()
        .put("error_code", code)
        .put("desc", desc)
        .put("detail", detail.replace("%s", what));
  }
}
