"""Labels of Chang'e products as the ground application system writes them, made up for tests.

Their form is that of CE4_GRAS_LPR-2B and CE4_GRAS_PCAML labels (information model 1.5, no schema
lines, file name as identifier, `None` for nothing, mission classes in the common name space); no
such file may be in this repository, and none lies in ../shared/data.
"""

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<Product_Observational xmlns="http://pds.nasa.gov/pds4/pds/v1"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://pds.nasa.gov/pds4/pds/v1,https://example.org/PDS4_PDS_1500.xsd">
<Identification_Area><logical_identifier>{name}</logical_identifier><version_id>1.0</version_id>
<title>Chang'E 4(CE-4) mission</title>
<information_model_version>1.5.0.0</information_model_version>
<product_class>Product_Observational</product_class></Identification_Area>
<Reference_List>None</Reference_List>
<Observation_Area><Time_Coordinates><start_date_time>2019-01-04T00:00:00.000Z</start_date_time>
<stop_date_time>{stop}</stop_date_time></Time_Coordinates>
<Primary_Result_Summary><purpose>Science</purpose><processing_level>Calibrated</processing_level>
</Primary_Result_Summary>
<Investigation_Area><name>CE4</name><type>Mission</type></Investigation_Area>
<Observing_System><name>Observing System for CE4</name><Observing_System_Component><name>CE4</name>
<type>Spacecraft</type></Observing_System_Component></Observing_System>
<Target_Identification><name>Lunar</name><type>Satellite</type></Target_Identification>
<Mission_Area><product_id>{name}</product_id><product_version>A</product_version>
<instrument_name>{instrument}</instrument_name><Lander_Location>
<longitude unit="deg">177.599100</longitude><latitude unit="deg">-45.444600</latitude>
</Lander_Location></Mission_Area></Observation_Area>
<File_Area_Observational><File><file_name>{name}</file_name>
<local_identifier>None</local_identifier><file_size unit="byte">{size}</file_size></File>
"""
TAIL = "</File_Area_Observational></Product_Observational>\n"
RADAR = "CE4_GRAS_LPR-2B_SCI_N_20190104000000_20190105000000_0001_A.2B"
CAMERA = "CE4_GRAS_PCAML-I-001_SCI_N_20190104000000_20190104000000_0001_B.2B"


def radar_label(*, records: int, size: int, stop: str = "2019-01-05T00:00:00.000Z") -> bytes:
    """A table of radar traces: a number and a group of four echoes, nine bytes with its state."""
    field = (
        "<Field_Binary><name>{}</name><field_number>1</field_number><field_location unit='byte'>{}"
        "</field_location><data_type>{}</data_type><field_length unit='byte'>{}</field_length>"
        "<unit>none</unit><description/></Field_Binary>"
    )
    head = HEAD.format(name=RADAR, stop=stop, instrument="Lunar Penetrating Radar", size=size)
    return (
        f"{head}<Table_Binary><offset unit='byte'>0</offset><records>{records}</records>"
        "<Record_Binary><fields>6</fields><groups>1</groups>"
        "<record_length unit='byte'>21</record_length>"
        + field.format("FRAME", 1, "IEEE754LSBSingle", 4)
        + "<Group_Field_Binary><name>ECHO_DATA</name><group_number>1</group_number>"
        "<repetitions>4</repetitions><fields>1</fields><groups>0</groups>"
        "<group_location unit='byte'>5</group_location><group_length unit='byte'>16</group_length>"
        + field.format("ECHO_DATA", 1, "IEEE754LSBSingle", 4)
        + "</Group_Field_Binary>"
        + field.format("QUALITY_STATE", 21, "UnsignedByte", 1)
        + f"</Record_Binary></Table_Binary>{TAIL}"
    ).encode()


def camera_label(*, lines: int, samples: int, size: int, data_type: str = "UnsignedByte") -> bytes:
    """An image of the panorama camera."""
    head = HEAD.format(name=CAMERA, stop="UNK", instrument="None", size=size)
    axis = (
        "<Axis_Array><axis_name>{}</axis_name><elements>{}</elements>"
        "<sequence_number>{}</sequence_number></Axis_Array>"
    )
    return (
        f"{head}<Array_2D_Image><offset unit='byte'>0</offset><axes>2</axes>"
        "<axis_index_order>Last Index Fastest</axis_index_order><Element_Array>"
        f"<data_type>{data_type}</data_type><unit>data number</unit></Element_Array>"
        f"{axis.format('Line', lines, 1)}{axis.format('Sample', samples, 2)}</Array_2D_Image>{TAIL}"
    ).encode()
