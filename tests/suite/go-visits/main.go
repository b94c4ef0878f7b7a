package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	count := 0
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		count++
		if err := os.WriteFile("data/visits.txt", []byte(fmt.Sprint(count)), 0o644); err != nil {
			http.Error(w, err.Error(), 500)
			return
		}
		fmt.Fprintf(w, "visit %d\n", count)
	})
	log.Fatal(http.ListenAndServe(":8081", nil))
}
