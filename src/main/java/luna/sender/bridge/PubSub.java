package luna.sender.bridge;

import io.vertx.redis.client.Command;

/** The Pub/Sub commands that deliver events. The canary uses PUBLISH in both cases. */
enum PubSub {
  CLASSIC("SUBSCRIBE", Command.SUBSCRIBE, Command.UNSUBSCRIBE),
  SHARDED("SSUBSCRIBE", Command.SSUBSCRIBE, Command.SUNSUBSCRIBE);

  final String subscribeName;
  final Command subscribe;
  final Command unsubscribe;

  PubSub(String subscribeName, Command subscribe, Command unsubscribe) {
    this.subscribeName = subscribeName;
    this.subscribe = subscribe;
    this.unsubscribe = unsubscribe;
  }
}
