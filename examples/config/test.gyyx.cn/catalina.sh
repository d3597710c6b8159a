#!/bin/sh
# As Tomcat's own, for this site: memory and time zone, then the server in the foreground.
set -eu
CATALINA_HOME=${CATALINA_HOME:-/usr/local/tomcat}
JAVA_OPTS="-Xms128m -Xmx256m -Duser.timezone=Asia/Shanghai ${JAVA_OPTS:-}"
case "${1:-}" in
  run) ;;
  *) echo "usage: catalina.sh run" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086 # options are words
exec "${JAVA_HOME:-/usr}/bin/java" $JAVA_OPTS \
  -Dcatalina.home="$CATALINA_HOME" -Dcatalina.base="$CATALINA_HOME" -Djava.io.tmpdir=/tmp \
  -classpath "$CATALINA_HOME/bin/bootstrap.jar:$CATALINA_HOME/bin/tomcat-juli.jar" \
  org.apache.catalina.startup.Bootstrap start
