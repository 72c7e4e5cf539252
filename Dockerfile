# The build needs only a JDK: the wrapper downloads Maven.
FROM eclipse-temurin:25-jdk-noble AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml openapi.yaml ./
COPY conf conf
COPY src src
RUN --mount=type=cache,target=/root/.m2 ./mvnw -q -B -DskipTests -Dassembly.skipAssembly package

FROM eclipse-temurin:25-jre-noble
LABEL org.opencontainers.image.title="Luna Sender" \
      org.opencontainers.image.description="Filtered real-time recognition events from Redis to WebSocket clients" \
      org.opencontainers.image.licenses="Apache-2.0"
SHELL ["/bin/bash", "-c"]
RUN useradd --system --uid 10001 --no-create-home luna
WORKDIR /app
# The jar without demo, load generator and redis-server.
COPY --from=build /build/target/luna-sender-service.jar luna-sender.jar
COPY conf/config.yaml conf/jvm.options conf/
COPY conf/overlays conf/overlays
# Records an AOT cache: the loaded classes, and which code handshakes and deliveries run how often. A JVM of another version
# ignores it; the start is then slower, and -Xlog suppresses the warnings.
RUN java @conf/jvm.options -XX:AOTCacheOutput=/app/luna-sender.aot -jar luna-sender.jar train \
 && test -s luna-sender.aot \
 && printf '%s\n' '-XX:AOTCache=/app/luna-sender.aot' '-Xlog:aot*=off,cds*=off' >> conf/jvm.options
USER 10001:10001
EXPOSE 5080
# Checks liveness, not readiness: Swarm replaces an unhealthy container, which closes its connections and does not repair Redis.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${LUNA_SENDER_HTTP_SETTINGS__PORT:-5080} && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["java", "@conf/jvm.options", "-jar", "luna-sender.jar"]
CMD ["run"]
