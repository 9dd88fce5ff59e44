// Naive is a webhook receiver on net/http as one writes it on the first day.
package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
)

type event struct {
	Type string
	Body struct {
		User   *struct{ ID, Name, Email string }
		Course *struct {
			ID   int
			Name string
		}
	}
}

func main() {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", cmp.Or(os.Getenv("PORT"), "5000")))
	if err != nil {
		log.Fatal(err)
	}
	http.HandleFunc("/webhook", webhook)
	fmt.Printf("ready on http://%s\n", l.Addr())
	log.Fatal(http.Serve(l, nil)) //nolint:gosec // naive: without any time limit
}

func webhook(w http.ResponseWriter, r *http.Request) {
	var e event
	_ = json.NewDecoder(r.Body).Decode(&e)
	switch e.Type {
	case "User/Created", "User/Edited":
		fmt.Println("user", e.Body.User.Name, e.Body.User.Email)
	case "Course/Published":
		fmt.Println("course", e.Body.Course.Name)
	}
	fmt.Fprintln(w, "ok")
}
