# The build needs a JDK and nothing else: the wrapper brings Maven.
FROM eclipse-temurin:25-jdk-noble AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml openapi.yaml ./
COPY conf conf
COPY src src
RUN --mount=type=cache,target=/root/.m2 ./mvnw -q -B -DskipTests package

FROM eclipse-temurin:25-jre-noble
LABEL org.opencontainers.image.title="Luna Sender" \
      org.opencontainers.image.description="Filtered real-time recognition events from Redis to WebSocket clients" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --no-create-home luna
WORKDIR /app
COPY --from=build /build/target/luna-sender.jar luna-sender.jar
COPY conf/config.yaml conf/jvm.options conf/
USER 10001:10001
EXPOSE 5080
# Of liveness: Swarm replaces a container that is unhealthy, and that brings no Redis back but ends every open connection.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/${LUNA_SENDER_HTTP_SETTINGS__PORT:-5080} && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["java", "@conf/jvm.options", "-jar", "luna-sender.jar"]
CMD ["run"]
