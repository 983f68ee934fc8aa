/* lwIP's own names, which ESP-IDF has beside the POSIX ones; the types are the host's. */
#ifndef LWIP_SHIM_SOCKETS_H
#define LWIP_SHIM_SOCKETS_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

int lwip_socket(int domain, int type, int protocol);
int lwip_connect(int socket, const struct sockaddr *address, socklen_t length);
ssize_t lwip_send(int socket, const void *bytes, size_t length, int flags);
ssize_t lwip_recv(int socket, void *bytes, size_t length, int flags);

#endif
