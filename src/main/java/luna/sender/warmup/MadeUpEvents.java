package luna.sender.warmup;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * The events of a warm-up, and filters that pass them.
 *
 * <p>Shape: schema {@code RedisPayload} in {@code openapi.yaml}; all payloads and all frames have
 * the same size.
 */
final class MadeUpEvents {
  private static final String EVENT =
      """
      {"event_id":"00000000-0000-4000-8000-000000000001","source":"camera-01","tags":["tag-01","warm-up"],
      "url":"/6/events/00000000-0000-4000-8000-000000000001","track_id":"00000000-0000-4000-8000-000000000002",
      "face_attributes":{"attribute_id":"00000000-0000-4000-8000-000000000003","score":0.97,
      "url":"/6/attributes/00000000-0000-4000-8000-000000000003",
      "basic_attributes":{"age":AGE,"gender":1,"ethnicities":{"predominant_ethnicity":"caucasian",
      "estimations":{"african_american":1.92e-12,"asian":0.0146,"caucasian":0.9853,"indian":7.65e-10}}}},
      "matches":[{"label":"employees","candidates":[{"similarity":0.9AGE,"face":{
      "face_id":"00000000-0000-4000-8000-000000000004","external_id":"made up",
      "account_id":"00000000-0000-4000-8000-000000000005","event_id":"00000000-0000-4000-8000-000000000006"}}]}],
      "location":{"city":"city","area":"area","district":"district","street":"street","house_number":"1/2"},
      "user_data":"an event of the warm-up"}\
      """;

  private static final String HANDLER = "\"00000000-0000-4000-8000-000000000007\"";
  private static final String REQUEST = "\"1700000000,00000000-0000-4000-8000-000000000008\"";
  private static final String TIME = "\"2020-01-01T00:00:00.000Z\"";

  /** The size of the JSON in a frame. */
  static final int FRAME_BYTES =
      event(10).length()
          + "{\"event\":,\"handler_id\":,\"event-create-time\":,\"event-end-time\":,\"Luna-Request-id\":}"
              .length()
          + HANDLER.length()
          + REQUEST.length()
          + 2 * TIME.length();

  private MadeUpEvents() {}

  /** Returns a payload with one event. */
  static byte[] payload(int number) {
    return ("{\"handler_id\":"
            + HANDLER
            + ",\"Luna-Request-Id\":"
            + REQUEST
            + ",\"events\":["
            + event(20 + number % 30)
            + "],\"event_create_time\":"
            + TIME
            + ",\"event_end_time\":"
            + TIME
            + "}")
        .getBytes(US_ASCII);
  }

  private static String event(int age) {
    return EVENT.replace("AGE", Integer.toString(age));
  }

  /**
   * Returns a query.
   *
   * @param passing whether its filter passes all events, or none
   */
  static String filter(int round, int number, boolean passing) {
    return "gender=1&sources=other,camera-"
        + (passing ? "01" : Integer.toString(10 + number))
        + "&age__gte="
        + number % 18
        + "&age__lt="
        + (50 + (round + number) % 50)
        + "&object_similarity__gte=0."
        + (10 + number);
  }
}
