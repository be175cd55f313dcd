// SPDX-License-Identifier: Apache-2.0

package main

// As a control plane runs it: both sides show certificates of one authority.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	fnv1 "github.com/crossplane/function-sdk-go/proto/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

type authority struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
	der         []byte
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func template(serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject:      pkix.Name{CommonName: "test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
}

func newAuthority() *authority {
	key := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	t := template(1)
	t.IsCA, t.BasicConstraintsValid = true, true
	der := must(x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key))
	return &authority{must(x509.ParseCertificate(der)), key, der}
}

// issue makes a certificate, in PEM: the certificate and its key.
func (a *authority) issue(serial int64) (certificate, key []byte) {
	k := must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	der := must(x509.CreateCertificate(rand.Reader, template(serial), a.certificate, &k.PublicKey, a.key))
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: must(x509.MarshalECPrivateKey(k))})
}

func TestTLS(t *testing.T) {
	ca, dir, address := newAuthority(), t.TempDir(), freeAddress()
	certificate, key := ca.issue(2)
	for name, text := range map[string][]byte{"tls.crt": certificate, "tls.key": key,
		"ca.crt": pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.der})} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	stop := start("-address", address, "-tls-certs-dir", dir)
	defer stop()

	ask := func(with credentials.TransportCredentials) error {
		client := must(grpc.NewClient(address, grpc.WithTransportCredentials(with)))
		defer client.Close()
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		_, err := fnv1.NewFunctionRunnerServiceClient(client).RunFunction(ctx, &fnv1.RunFunctionRequest{})
		return err
	}
	for try := 0; ; try++ { // until it listens
		if c, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			c.Close()
			break
		} else if try == 200 {
			t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.certificate)
	pair := func(by *authority) []tls.Certificate {
		return []tls.Certificate{must(tls.X509KeyPair(by.issue(3)))}
	}
	for name, c := range map[string]struct {
		credentials credentials.TransportCredentials
		answered    bool
	}{
		"both":         {credentials.NewTLS(&tls.Config{RootCAs: roots, Certificates: pair(ca)}), true},
		"no client":    {credentials.NewTLS(&tls.Config{RootCAs: roots}), false},
		"other client": {credentials.NewTLS(&tls.Config{RootCAs: roots, Certificates: pair(newAuthority())}), false},
		"plain":        {insecure.NewCredentials(), false},
	} {
		if err := ask(c.credentials); (err == nil) != c.answered {
			t.Errorf("%s: %v", name, err)
		}
	}
}
