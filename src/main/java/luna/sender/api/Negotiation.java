package luna.sender.api;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.MIMEHeader;
import io.vertx.ext.web.RoutingContext;
import java.util.List;

/**
 * Which of the forms that we have the client likes best.
 *
 * <p>Errors: {@link ApiError#UNSUPPORTED_MEDIA_TYPE} if it accepts none, {@link
 * ApiError#BAD_HEADER} if it can't be told what it accepts.
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
    List<MIMEHeader> accepted = accepted(context);
    String chosen = null;
    float best = 0;
    for (String form : forms) {
      float weight = weight(accepted, form);
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

  /** Vert.x reads them when they are asked for, and throws at a quote that does not end. */
  private static List<MIMEHeader> accepted(RoutingContext context) {
    try {
      List<MIMEHeader> accepted = context.parsedHeaders().accept();
      accepted.forEach(MIMEHeader::component);
      return accepted;
    } catch (RuntimeException unreadable) {
      throw new ApiFailure(
          ApiError.BAD_HEADER,
          "Accept or Accept-*: unreadable (expected: ranges as in RFC 9110, 12.5)");
    }
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
