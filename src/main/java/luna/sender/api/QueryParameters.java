package luna.sender.api;

import io.vertx.openapi.validation.RequestParameter;
import io.vertx.openapi.validation.ValidatedRequest;
import org.jspecify.annotations.Nullable;

/** Reads query parameters that the contract has validated. */
final class QueryParameters {
  private QueryParameters() {}

  /** Returns a parameter, or null if the request does not have it. */
  static @Nullable RequestParameter given(ValidatedRequest request, String name) {
    RequestParameter parameter = request.getQuery().get(name);
    return parameter == null || parameter.isNull() ? null : parameter;
  }

  static @Nullable String text(ValidatedRequest request, String name) {
    RequestParameter parameter = given(request, name);
    return parameter == null ? null : parameter.getString();
  }

  static Number number(ValidatedRequest request, String name, Number absent) {
    RequestParameter parameter = given(request, name);
    return parameter == null ? absent : (Number) parameter.get();
  }
}
