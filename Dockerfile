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
# Starts the service without Redis, sends a few requests, and stops it, to create an AOT cache of the loaded classes. The
# cache halves the CPU time of a start. The JVM ignores a cache that is missing or does not match the JVM, its options or the
# jar; the start is then slower, and -Xlog suppresses the warnings.
RUN printf '%s\n' '-XX:AOTCache=/app/luna-sender.aot' '-Xlog:aot*=off,cds*=off' > /tmp/cache.options \
 && { LUNA_SENDER_HTTP_SETTINGS__HOST=127.0.0.1 java @conf/jvm.options -XX:AOTCacheOutput=/app/luna-sender.aot -jar luna-sender.jar run & } ; pid=$! \
 && for try in $(seq 60); do sleep 1; exec 3<>/dev/tcp/127.0.0.1/5080 && break; done \
 && for path in livez readyz metrics version 2/ws; do exec 3<>/dev/tcp/127.0.0.1/5080 \
      && printf "GET /$path HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n" >&3 && head -n 1 <&3; done \
 && kill $pid && wait $pid; test -s luna-sender.aot && cat /tmp/cache.options >> conf/jvm.options; rm /tmp/cache.options
USER 10001:10001
EXPOSE 5080
# Checks liveness, not readiness: Swarm replaces an unhealthy container, which closes its connections and does not repair Redis.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${LUNA_SENDER_HTTP_SETTINGS__PORT:-5080} && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["java", "@conf/jvm.options", "-jar", "luna-sender.jar"]
CMD ["run"]
