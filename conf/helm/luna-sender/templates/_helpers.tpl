{{- define "luna-sender.name" -}}
{{- if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- define "luna-sender.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "luna-sender.labels" -}}
{{ include "luna-sender.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "luna-sender.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* The configuration, including the parts that other values set, as YAML. */}}
{{- define "luna-sender.config" -}}
{{- $config := deepCopy .Values.config -}}
{{- $http := $config.LUNA_SENDER_HTTP_SETTINGS | default dict -}}
{{- $_ := set $http "PORT" (int (include "luna-sender.port" .)) -}}
{{- if .Values.tls.existingSecret -}}
{{- $tls := $http.TLS | default dict -}}
{{- $_ := set $tls "ENABLED" 1 -}}
{{- $_ := set $tls "CERT_FILE" "/etc/luna-sender/tls/tls.crt" -}}
{{- $_ := set $tls "KEY_FILE" "/etc/luna-sender/tls/tls.key" -}}
{{- with .Values.tls.clientCaKey -}}
{{- $_ := set $tls "CLIENT_CA_FILE" (printf "/etc/luna-sender/tls/%s" .) -}}
{{- end -}}
{{- if .Values.tls.ticketKeysSecret -}}
{{- $_ := set $tls "TICKET_KEYS_FILE" "/etc/luna-sender/tickets/ticket.keys" -}}
{{- end -}}
{{- $_ := set $http "TLS" $tls -}}
{{- end -}}
{{- if .Values.overlays -}}
{{- $files := list -}}
{{- range $name, $text := .Values.overlays }}{{ $files = append $files (printf "/etc/luna-sender/config/%s" $name) }}{{ end -}}
{{- $_ := set $http "CONTRACT_OVERLAYS" $files -}}
{{- end -}}
{{- $_ := set $config "LUNA_SENDER_HTTP_SETTINGS" $http -}}
{{- with .Values.redisTls -}}
{{- if .enabled -}}
{{- $redis := $config.REDIS_DB_ADDRESS | default dict -}}
{{- $_ := set $redis "USE_SSL" 1 -}}
{{- if .existingSecret -}}
{{- with .caKey }}{{ $_ := set $redis "CA_FILE" (printf "/etc/luna-sender/redis/%s" .) }}{{ end -}}
{{- with .certKey }}{{ $_ := set $redis "CERT_FILE" (printf "/etc/luna-sender/redis/%s" .) }}{{ end -}}
{{- with .keyKey }}{{ $_ := set $redis "KEY_FILE" (printf "/etc/luna-sender/redis/%s" .) }}{{ end -}}
{{- end -}}
{{- $_ := set $config "REDIS_DB_ADDRESS" $redis -}}
{{- end -}}
{{- end -}}
{{- if .Values.tokenKeys.existingSecret -}}
{{- $auth := $config.LUNA_SENDER_AUTH | default dict -}}
{{- $files := list -}}
{{- range .Values.tokenKeys.files }}{{ $files = append $files (printf "/etc/luna-sender/tokens/%s" .) }}{{ end -}}
{{- $_ := set $auth "PEM_FILES" $files -}}
{{- $_ := set $config "LUNA_SENDER_AUTH" $auth -}}
{{- end -}}
{{- toYaml $config -}}
{{- end -}}

{{- define "luna-sender.port" -}}
5080
{{- end -}}

{{- define "luna-sender.scheme" -}}
{{ if .Values.tls.existingSecret }}HTTPS{{ else }}HTTP{{ end }}
{{- end -}}

{{/* With required client certificates, a kubelet can only check that the port is open. */}}
{{- define "luna-sender.probe" -}}
{{- $http := .root.Values.config.LUNA_SENDER_HTTP_SETTINGS | default dict -}}
{{- if and .root.Values.tls.existingSecret (eq (dig "TLS" "CLIENT_AUTH" "none" $http) "required") -}}
tcpSocket: {port: http}
{{- else -}}
httpGet: {path: {{ .path }}, port: http, scheme: {{ include "luna-sender.scheme" .root }}}
{{- end -}}
{{- end -}}

{{/* Fractions of seconds are rounded up. */}}
{{- define "luna-sender.grace" -}}
{{- $http := .Values.config.LUNA_SENDER_HTTP_SETTINGS | default dict -}}
{{- $delay := float64 (dig "SHUTDOWN_DELAY" 0 $http) -}}
{{- $spread := float64 (dig "SHUTDOWN_SPREAD" 0 $http) -}}
{{- $timeout := float64 (dig "SHUTDOWN_TIMEOUT" 10 $http) -}}
{{- if and (gt (addf $delay $spread) 0.0) (lt $timeout (addf $delay $spread 1)) -}}
{{- fail (printf "SHUTDOWN_TIMEOUT: %v (expected: at least SHUTDOWN_DELAY + SHUTDOWN_SPREAD + 1, %v)" $timeout (addf $delay $spread 1)) -}}
{{- end -}}
{{- add (ceil $timeout) .Values.shutdownMargin -}}
{{- end -}}
