# AWS's command line, or boto3, imported once: each connection is a fork of it, with the
# arguments, the environment and the folder of a program that has just been started.
import json, os, socketserver, sys

name, path = sys.argv[1:]
before = dict(os.environ)
if name == "aws":
    from awscli.clidriver import main
else:
    import boto3

    def main():
        profile, endpoint = sys.argv[1:]
        sts = boto3.Session(profile_name=profile).client("sts", endpoint_url=endpoint)
        print(json.dumps({"Arn": sts.get_caller_identity()["Arn"]}))
        return 0


class Run(socketserver.StreamRequestHandler):
    def handle(self):
        ask = json.loads(self.rfile.readline())
        os.setsid()
        os.chdir(ask["dir"])
        os.environ.clear()
        os.environ.update(entry.split("=", 1) for entry in ask["env"])
        os.environ.update(added)
        sys.argv = [name] + ask["args"]
        said = [os.memfd_create("stdout"), os.memfd_create("stderr")]
        for number, file in enumerate(said, 1):
            os.dup2(file, number)
        try:
            code = main()
        except SystemExit as end:
            code = end.code
        except BaseException:
            sys.excepthook(*sys.exc_info())
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
        texts = [open(f"/proc/self/fd/{file}", encoding="utf-8").read() for file in said]
        self.wfile.write(json.dumps({"stdout": texts[0], "stderr": texts[1], "code": code or 0}).encode())


class Forking(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    request_queue_size = 64

    def service_actions(self):
        super().service_actions()
        if os.getppid() != parent:  # the test program has ended
            os._exit(0)


added = {key: os.environ[key] for key in os.environ.keys() - before.keys()}  # by the imports
parent = os.getppid()
server = Forking(path, Run)
print("ready", flush=True)
server.serve_forever()
