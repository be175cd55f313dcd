// SPDX-License-Identifier: Apache-2.0

// Command crossplane-function is a composition function of Crossplane: a gRPC server around
// mp_function_run().  It answers for every kind that the library reconciles.
//
//	go run .                                      on 127.0.0.1:9443, without TLS
//	go run . -address :9443 -tls-certs-dir DIR    as Crossplane runs it
package main

import (
	"flag"
	"fmt"
	"net"
	"os"

	function "github.com/crossplane/function-sdk-go"
)

func main() {
	if err := serve(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "crossplane-function:", err)
		os.Exit(1)
	}
}

// loopback tells whether only this machine can reach the address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func serve(args []string) error {
	flags := flag.NewFlagSet("crossplane-function", flag.ExitOnError)
	address := flags.String("address", "127.0.0.1:9443", "where to listen")
	certs := flags.String("tls-certs-dir", os.Getenv("TLS_SERVER_CERTS_DIR"), "folder with tls.key, tls.crt and ca.crt")
	insecure := flags.Bool("insecure", false, "serve without TLS beyond this machine too")
	metrics := flags.String("metrics-address", "", "where to serve metrics; none if empty")
	largest := flags.Int("max-recv-message-size", 64, "largest request, in MiB")
	debug := flags.Bool("debug", false, "log every request")
	if err := flags.Parse(args); err != nil {
		return err
	}
	log, err := function.NewLogger(*debug)
	if err != nil {
		return err
	}
	plain := *insecure || *certs == "" && loopback(*address)
	log.Info("serving", "address", *address, "tls", !plain)
	return function.Serve(&Function{log: log},
		function.Listen("tcp", *address),
		function.MTLSCertificates(*certs),
		function.Insecure(plain),
		function.MaxRecvMessageSize(*largest<<20),
		function.WithMetricsServer(*metrics))
}
