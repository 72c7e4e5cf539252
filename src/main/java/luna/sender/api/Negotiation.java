package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * Which of the forms that we have the client likes best.
 *
 * <p>Errors: {@link ApiError#UNSUPPORTED_MEDIA_TYPE} if it accepts none.
 *
 * <p>Source: RFC 9110 section 12.5.1.
 */
final class Negotiation {
  private Negotiation() {}

  /**
   * @param forms media types, the one for {@code *}{@code /*} and for no header first
   */
  static String choose(RoutingContext context, String... forms) {
    if (!context.request().headers().contains(HttpHeaders.ACCEPT)) {
      return forms[0];
    }
    String chosen = null;
    float best = 0;
    for (String form : forms) {
      float weight = weight(context.parsedHeaders().accept(), form);
      if (weight > best) {
        chosen = form;
        best = weight;
      }
    }
    if (chosen == null) {
      throw new ApiFailure(ApiError.UNSUPPORTED_MEDIA_TYPE);
    }
    return chosen;
  }

  /** The weight of the most specific range that takes the form, 0 if none does. */
  private static float weight(List<MIMEHeader> accepted, String form) {
    String[] type = form.split("/", -1);
    float weight = 0;
    int specific = -1;
    for (MIMEHeader range : accepted) {
      boolean anyType = range.component().equals("*");
      boolean anySubtype = range.subComponent().equals("*");
      int depth = (anyType ? 0 : 1) + (anySubtype ? 0 : 1);
      if ((anyType || range.component().equalsIgnoreCase(type[0]))
          && (anySubtype || range.subComponent().equalsIgnoreCase(type[1]))
          && depth > specific) {
        specific = depth;
        weight = range.weight();
      }
    }
    return weight;
  }
}
