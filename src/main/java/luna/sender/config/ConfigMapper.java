package luna.sender.config;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.time.Duration;
import org.slf4j.event.Level;

/**
 * Maps the configuration records to keys and values, and back.
 *
 * <p>Owner: thread-safe.
 */
final class ConfigMapper {
  static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .disable(MapperFeature.AUTO_DETECT_IS_GETTERS) // only components of records are keys
          .enable(SerializationFeature.WRITE_ENUMS_USING_TO_STRING)
          .addModule(readers())
          .addModule(writers())
          .build();

  private ConfigMapper() {}

  private static SimpleModule readers() {
    return new SimpleModule("readers")
        .addDeserializer(int.class, StrictDeserializer.integer())
        .addDeserializer(double.class, StrictDeserializer.number())
        .addDeserializer(boolean.class, StrictDeserializer.flag())
        .addDeserializer(Duration.class, StrictDeserializer.duration())
        .addDeserializer(String.class, StrictDeserializer.text())
        .addDeserializer(Secret.class, StrictDeserializer.secret())
        .addDeserializer(
            HttpSettings.Transport.class, StrictDeserializer.constant(HttpSettings.Transport.class))
        .addDeserializer(
            WsSettings.SlowPolicy.class, StrictDeserializer.constant(WsSettings.SlowPolicy.class))
        .addDeserializer(
            TlsSettings.Provider.class, StrictDeserializer.constant(TlsSettings.Provider.class))
        .addDeserializer(
            TlsSettings.ClientAuth.class, StrictDeserializer.constant(TlsSettings.ClientAuth.class))
        .addDeserializer(
            TlsSettings.MinVersion.class, StrictDeserializer.constant(TlsSettings.MinVersion.class))
        .addDeserializer(
            LimitSettings.ProxyHeader.class,
            StrictDeserializer.constant(LimitSettings.ProxyHeader.class))
        .addDeserializer(Level.class, StrictDeserializer.constant(Level.class))
        .addDeserializer(
            LoggerSettings.Time.class, StrictDeserializer.constant(LoggerSettings.Time.class))
        .addDeserializer(
            LoggerSettings.Format.class, StrictDeserializer.constant(LoggerSettings.Format.class))
        .addDeserializer(
            HistorySettings.Mode.class, StrictDeserializer.constant(HistorySettings.Mode.class))
        .addDeserializer(
            AuthSettings.Mode.class, StrictDeserializer.constant(AuthSettings.Mode.class))
        .addDeserializer(
            AuthSettings.Algorithm.class,
            StrictDeserializer.constant(AuthSettings.Algorithm.class));
  }

  private static SimpleModule writers() {
    return new SimpleModule("writers")
        .addSerializer(boolean.class, new FlagWriter())
        .addSerializer(Duration.class, new DurationWriter());
  }

  private static final class FlagWriter extends StdSerializer<Boolean> {
    FlagWriter() {
      super(Boolean.class);
    }

    @Override
    public void serialize(Boolean value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeNumber(value ? 1 : 0);
    }
  }

  private static final class DurationWriter extends StdSerializer<Duration> {
    DurationWriter() {
      super(Duration.class);
    }

    @Override
    public void serialize(Duration value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      Number seconds = Seconds.format(value);
      if (seconds instanceof Integer whole) {
        out.writeNumber(whole);
      } else {
        out.writeNumber(seconds.doubleValue());
      }
    }
  }
}
