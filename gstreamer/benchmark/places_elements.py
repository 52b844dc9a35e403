# SPDX-FileCopyrightText: 2026 The bufpool authors
# SPDX-License-Identifier: LGPL-2.1-or-later

"""The elements that places.py puts before and behind bpalloc.

A name is what the table calls it; a description is for gst_parse_launch(). All pipelines of
a kind carry the same sort of stream. {n} stands for a number of buffers, {port} for a free
UDP port, {socket} for a path.
"""

SIZE = "width=320,height=240,framerate=30/1"
I420 = f"video/x-raw,format=I420,{SIZE}"
VIDEO = f"videotestsrc num-buffers={{n}} pattern=ball ! {I420}"
AUDIO = "audiotestsrc num-buffers={n} ! audio/x-raw,format=S16LE,rate=48000,channels=2,layout=interleaved"
FLOAT = "audiotestsrc num-buffers={n} ! audio/x-raw,format=F32LE,rate=48000,channels=2,layout=interleaved"
H264 = f"{VIDEO} ! x264enc ! video/x-h264,profile=constrained-baseline ! h264parse"

UPSTREAM = {
    "video": {
        "videotestsrc": VIDEO,
        "videoconvert": f"videotestsrc num-buffers={{n}} ! video/x-raw,format=RGB,{SIZE} ! videoconvert ! {I420}",
        "videoscale": "videotestsrc num-buffers={n} ! video/x-raw,format=I420,width=640,height=480,framerate=30/1"
                      f" ! videoscale ! {I420}",
        "videoflip": f"videotestsrc num-buffers={{n}} ! {I420} ! videoflip method=rotate-180",
        "deinterlace": f"{VIDEO} ! deinterlace mode=interlaced",
        "compositor": f"{VIDEO} ! compositor ! {I420}",
        "vp8dec": f"{VIDEO} ! vp8enc deadline=1 ! vp8dec",
        "theoradec": f"{VIDEO} ! theoraenc ! theoradec",
        "jpegdec": f"{VIDEO} ! jpegenc ! jpegdec",
        "avdec_h264": f"{H264} ! avdec_h264",
        "openh264dec": f"{H264} ! openh264dec",
        "rtpvrawdepay": f"{VIDEO} ! rtpvrawpay ! rtpvrawdepay",
        "appsrc": f"appsrc name=app format=time caps={I420.replace(' ', '')}",
    },
    "audio": {
        "audiotestsrc": AUDIO,
        "audioconvert": f"{FLOAT} ! audioconvert ! audio/x-raw,format=S16LE",
        "audioresample": f"{AUDIO.replace('48000', '44100')} ! audioresample ! audio/x-raw,rate=48000",
        "opusdec": f"{AUDIO} ! opusenc ! opusdec",
        "vorbisdec": f"{FLOAT} ! vorbisenc ! vorbisdec",
        "flacdec": f"{AUDIO} ! flacenc ! flacparse ! flacdec",
        "rtpL16depay": f"{AUDIO} ! audioconvert ! rtpL16pay ! rtpL16depay",
    },
    "bytes": {
        "filesrc": "filesrc location=/dev/zero num-buffers={n}",
        "fakesrc": "fakesrc num-buffers={n} sizetype=fixed sizemax=1400 filltype=zero",
        "udpsrc": "audiotestsrc is-live=true samplesperbuffer=100 ! audio/x-raw,rate=48000 ! "
                  "udpsink host=127.0.0.1 port={port} sync=false async=false  udpsrc address=127.0.0.1 port={port}",
        "vp8enc": f"{VIDEO} ! vp8enc deadline=1",
        "theoraenc": f"{VIDEO} ! theoraenc",
        "jpegenc": f"{VIDEO} ! jpegenc",
        "x264enc": f"{VIDEO} ! x264enc",
        "openh264enc": f"{VIDEO} ! openh264enc",
        "opusenc": f"{AUDIO} ! opusenc",
        "rtpvrawpay": f"{VIDEO} ! rtpvrawpay",
        "rtpL16pay": f"{AUDIO} ! audioconvert ! rtpL16pay",
        "matroskamux": f"{VIDEO} ! matroskamux",
    },
}

SINK = "fakesink sync=false"
# Downstream of any kind
ANY = {
    "fakesink": SINK,
    "appsink": "appsink sync=false max-buffers=2 drop=true wait-on-eos=false",
    "filesink": "filesink location=/dev/null",
    "queue": f"queue ! {SINK}",
    "tee": f"tee name=t ! queue ! {SINK} t. ! queue ! {SINK}",
    "shmsink": "shmsink socket-path={socket} wait-for-connection=false sync=false",
}
DOWNSTREAM = {
    "video": ANY | {
        "fakevideosink": "fakevideosink sync=false",
        "videoconvert": f"videoconvert ! video/x-raw,format=RGB ! {SINK}",
        "videoscale": f"videoscale ! video/x-raw,width=160,height=120 ! {SINK}",
        "videocrop": f"videocrop left=8 ! {SINK}",
        "videoflip": f"videoflip method=rotate-180 ! {SINK}",
        "videobalance": f"videobalance hue=0.1 ! {SINK}",
        "alpha": f"alpha method=green ! {SINK}",
        "deinterlace": f"deinterlace mode=interlaced ! {SINK}",
        "videorate": f"videorate ! video/x-raw,framerate=15/1 ! {SINK}",
        "compositor": f"compositor ! {SINK}",
        "tee with 2 × videoconvert": f"tee name=t ! queue ! videoconvert ! video/x-raw,format=RGB ! {SINK}"
                                 f" t. ! queue ! videoconvert ! video/x-raw,format=RGB ! {SINK}",
        "openh264enc": f"openh264enc ! {SINK}",
        "x264enc": f"x264enc ! {SINK}",
        "vp8enc": f"vp8enc deadline=1 ! {SINK}",
        "theoraenc": f"theoraenc ! {SINK}",
        "jpegenc": f"jpegenc ! {SINK}",
        "rtpvrawpay": f"rtpvrawpay ! {SINK}",
        "avenc_mpeg4": f"avenc_mpeg4 ! {SINK}",
        "xvimagesink": "xvimagesink sync=false",
    },
    "audio": ANY | {
        "audioconvert": f"audioconvert ! audio/x-raw,format=F64LE ! {SINK}",
        "audioresample": f"audioresample ! audio/x-raw,rate=8000 ! {SINK}",
        "volume": f"volume volume=0.5 ! {SINK}",
        "audiomixer": f"audiomixer ! {SINK}",
        "opusenc": f"opusenc ! {SINK}",
        "flacenc": f"flacenc ! {SINK}",
    },
    "bytes": ANY,
}
