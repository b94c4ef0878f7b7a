package main

import (
	"log"
	"net/http"
	"os/exec"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		text, err := exec.Command("renderer", r.URL.Path).Output()
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Write(text)
	})
	log.Println("gateway on 8080")
	log.Fatal(http.ListenAndServe(":8080", nil))
}
