"""A proxy on the loopback interface: python3 proxy.py LOG [ADDRESS PORT]; prints its port, writes one line a request to LOG,
and ends with its standard input. A host that ends in .test is this computer."""
import os
import socket
import sys
import threading

log = open(sys.argv[1], "a", buffering=1)
listener = socket.create_server((sys.argv[2] or "127.0.0.1", int(sys.argv[3] or 0)))


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(client):
    head = b""
    while b"\r\n\r\n" not in head:
        data = client.recv(65536)
        if not data:
            return
        head += data
    lines = head.decode("latin-1").split("\r\n")
    allowed = [line for line in lines if line.lower().startswith("proxy-authorization:")]
    log.write(lines[0] + (" " + allowed[0] if allowed else "") + "\n")
    method, where, _ = lines[0].split(" ", 2)
    host, _, port = where.rpartition(":")
    if method != "CONNECT" or not (host == "localhost" or host.endswith(".test")):
        client.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        client.close()
        return
    server = socket.create_connection(("127.0.0.1", int(port)))
    client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    threading.Thread(target=copy, args=(client, server), daemon=True).start()
    copy(server, client)


def accept():
    while True:
        threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()


print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept, daemon=True).start()
sys.stdin.read()
os._exit(0)
