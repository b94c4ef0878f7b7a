package main

import (
	"crypto/x509"
	"fmt"
	"os"
	"os/user"
	"time"
)

func main() {
	pool, err := x509.SystemCertPool()
	if err != nil || pool.Equal(x509.NewCertPool()) {
		fmt.Fprintln(os.Stderr, "no authorities", err)
		os.Exit(1)
	}
	noon := time.Date(2024, 7, 1, 10, 0, 0, 0, time.UTC)
	fmt.Println("authorities are there;", noon.Local().Format("15:04 MST"))
	if len(os.Args) > 1 {
		found, err := user.Lookup(os.Args[1])
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
		fmt.Println("user", found.Username)
	}
}
