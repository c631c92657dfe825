// A vCenter to ask: VMware's own simulator (govmomi) with its usual data centre, over TLS on loopback.
//
// Says where it listens on its first line, and ends with whoever started it.
package main

import (
	"crypto/tls"
	"flag"
	"fmt"
	"log"
	"net/url"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	user := flag.String("user", "qianyun", "user that is let in")
	word := flag.String("password", "", "the user's password")
	flag.Parse()
	model := simulator.VPX()
	defer model.Remove()
	if err := model.Create(); err != nil {
		log.Fatal(err)
	}
	model.Service.TLS = new(tls.Config)
	model.Service.Listen = &url.URL{Host: "127.0.0.1:0", User: url.UserPassword(*user, *word)}
	server := model.Service.NewServer()
	defer server.Close()
	fmt.Println(server.URL.Host)
	select {}
}
