"""An endpoint of CloudTrail that answers LookupEvents as it is told: trail_server.py FILE. The first line of
FILE is the case; it is read anew for every request. Prints its port. Appends to FILE.log the body of each
request."""
import http.server, json, sys, time

case_file = sys.argv[1]


def event(number, agent='agent', **more):
    record = dict(awsRegion='us-east-1', sourceIPAddress='203.0.113.7', userAgent=agent, **more)
    return {'EventName': 'DescribeInstances', 'EventSource': 'ec2.amazonaws.com',
            'EventTime': 1768480496.0 - number, 'CloudTrailEvent': json.dumps(record)}


def page(case, asked):
    token = asked.get('NextToken')
    number = int(token or 0)
    if case == 'same-token':
        return {'Events': [event(number)], 'NextToken': '7'}
    if case == 'endless':  # empty pages whose tokens are always others
        return {'Events': [], 'NextToken': str(number + 1)}
    if case == 'many':
        return {'Events': [event(number * 50 + i) for i in range(50)], 'NextToken': str(number + 1)}
    if case == 'kinds':
        return {'Events': [event(i, agent='agent %d' % i) for i in range(50)]}
    if case == 'hostile':
        return {'Events': [event(0, agent='\x1b[31m\u202ered\n\x07', errorCode='\x9b1m')]}
    if case == 'records':
        bad = event(0)
        bad['CloudTrailEvent'] = '{"userAgent":'
        return {'Events': [bad, event(1)]}
    if case == 'too-many':
        return {'Events': [event(i, agent='a' * 500) for i in range(2000)]}
    return {'Events': []}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        case = open(case_file).readline().strip()
        with open(case_file + '.log', 'ab') as log:
            log.write(body + b'\n')
        status, answer = 200, json.dumps(page(case, json.loads(body))).encode()
        if case == 'truncated':
            answer = b'{"Events":[{"EventName":"Descr'
        elif case == 'nested':
            answer = b'{"Events":' + b'[' * 1000000
        elif case == 'values':
            answer = b'{"Events":[],"x":[' + b'0,' * 500000 + b'0]}'
        elif case == 'huge':
            answer = b'{"Events":[' + b' ' * (40 << 20) + b']}'
        elif case == 'xml':
            answer = b'<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>'
        elif case == 'throttled':
            status, answer = 400, b'{"__type":"ThrottlingException","message":"Rate exceeded"}'
        elif case == 'refused':
            status, answer = 400, b'{"__type":"UnrecognizedClientException","message":"no \\u001b[1m"}'
        self.send_response(status)
        self.send_header('Content-Type', 'application/x-amz-json-1.1')
        self.send_header('Content-Length', str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
