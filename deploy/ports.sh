# shellcheck shell=bash
# Free ports of the loopback, for the scripts beside it, which have a die() of their own.

taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# count neighbouring ports that nobody listens at, below those that the system gives to clients.
free_ports() {
  local count=$1 first port
  for _ in {1..100}; do
    first=$((20000 + RANDOM % 12000))
    for ((port = first; port < first + count; ++port)); do
      taken "$port" && continue 2
    done
    echo "$first"
    return
  done
  die "no $count free ports"
}
