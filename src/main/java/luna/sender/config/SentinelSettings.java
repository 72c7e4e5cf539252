package luna.sender.config;

import com.fasterxml.jackson.databind.PropertyNamingStrategies.UpperSnakeCaseStrategy;
import com.fasterxml.jackson.databind.annotation.JsonNaming;
import java.util.List;

/**
 * The Redis Sentinels that know the master.
 *
 * <p>Owner: immutable.
 *
 * @param masterName empty = no Sentinel is used
 * @param sentinels each {@code host:port}; an IPv6 address is in brackets
 * @param user empty = the default user
 * @param useSsl with the files that the Redis is trusted by
 */
@JsonNaming(UpperSnakeCaseStrategy.class)
public record SentinelSettings(
    String masterName, List<String> sentinels, String user, Secret password, boolean useSsl) {
  public SentinelSettings {
    sentinels = List.copyOf(sentinels);
    for (String sentinel : sentinels) {
      Check.hostPort("SENTINELS", sentinel);
    }
    if (!masterName.isEmpty() && sentinels.isEmpty()) {
      throw Check.bad("SENTINELS", "[]", "host:port of at least one, because MASTER_NAME is set");
    }
  }

  public boolean isUsed() {
    return !masterName.isEmpty();
  }
}
